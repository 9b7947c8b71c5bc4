#include "data/sample_order.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/random.h"

namespace sr {
namespace {

std::vector<WeightedRoot> roots_of(const PairList& list, const DatasetConfig& config) {
  std::vector<WeightedRoot> roots(config.dataroot_weights.size());
  for (std::size_t i = 0; i < roots.size(); ++i) {
    roots[i].weight = config.dataroot_weights[i];
  }
  for (const ImagePair& pair : list.pairs) {
    ++roots.at(pair.root).items;
  }
  return roots;
}

std::unique_ptr<ItemOrder> make_item_order(const PairList& list, const DatasetConfig& config,
                                           std::uint64_t seed) {
  if (!list.scenes.empty()) {
    return scene_lanes(seed, list.scenes, config.clip_size);
  }
  if (!config.dataroot_weights.empty()) {
    return weighted_roots(seed, roots_of(list, config));
  }
  return shuffled_items(seed, list.pairs.size());
}

}  // namespace

SampleOrder::SampleOrder(std::uint64_t seed, std::shared_ptr<const ItemOrder> items, Mixing mixing)
    : seed_(seed), items_(std::move(items)), mixing_(mixing), windows_(0) {
  if (mixing.repeats < 1 || mixing.window < 1) {
    throw std::invalid_argument("SampleOrder: repeats and window are at least 1");
  }
  windows_ = (items_->size() + mixing.window - 1) / mixing.window;
}

SampleOrder::Window SampleOrder::window_at(std::uint64_t place) const {
  // Window w begins at floor(places * w / windows).
  const std::uint64_t places = items_->size();
  const std::uint64_t index = ((place + 1) * windows_ - 1) / places;
  return {index, places * index / windows_, places * (index + 1) / windows_};
}

std::uint64_t SampleOrder::item(std::uint64_t sample) const {
  const std::uint64_t pass = sample / samples_per_pass();
  const std::uint64_t in_pass = sample % samples_per_pass();
  const Window window = window_at(in_pass / mixing_.repeats);
  const std::uint64_t samples = (window.end - window.begin) * mixing_.repeats;
  const std::uint64_t key = hash(hash(seed_, pass, Stream::kWindow), window.index, Stream::kWindow);
  const Permutation shuffle(key, samples);
  const std::uint64_t drawn = shuffle(in_pass - window.begin * mixing_.repeats);
  return items_->item(pass, window.begin + drawn / mixing_.repeats);
}

std::uint64_t SampleOrder::window_end(std::uint64_t sample) const {
  const std::uint64_t in_pass = sample % samples_per_pass();
  return sample - in_pass + window_at(in_pass / mixing_.repeats).end * mixing_.repeats;
}

std::int64_t decoded_bytes(const ImagePair& pair, int scale) {
  const int lq_part = pair.degraded && pair.lq.empty() ? 0 : 1;
  return std::int64_t{3} * pair.lq_width * pair.lq_height * (lq_part + scale * scale);
}

std::int64_t decoded_bytes(const PairList& list, int scale) {
  std::int64_t bytes = 0;
  for (const ImagePair& pair : list.pairs) {
    bytes += decoded_bytes(pair, scale);
  }
  return bytes;
}

SampleOrder make_sample_order(const PairList& list, const DatasetConfig& config, int scale,
                              std::uint64_t seed) {
  SampleOrder::Mixing mixing;
  mixing.repeats = static_cast<std::uint64_t>(config.crops_per_decode);
  if (mixing.repeats > 1 || !list.scenes.empty()) {
    const auto items = static_cast<std::int64_t>(list.pairs.size());
    const std::int64_t mean = std::max<std::int64_t>(1, decoded_bytes(list, scale) / items);
    mixing.window = static_cast<std::uint64_t>(std::max<std::int64_t>(8, kWindowBytes / mean));
  }
  return {seed, make_item_order(list, config, seed), mixing};
}

}  // namespace sr
