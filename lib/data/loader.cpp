#include "data/loader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include "core/error.h"
#include "data/background_task.h"
#include "data/batch_assembly.h"
#include "data/decode_queue.h"
#include "data/host_buffer.h"
#include "data/host_memory.h"

namespace sr {
namespace {

/// What a caller asks for.
struct Request {
  std::uint64_t cursor = 0;
  TrainingSize size;
  bool operator==(const Request&) const = default;
};

/// Where one batch lies. Plain bytes: only take() makes tensors of them.
struct Slot {
  explicit Slot(bool pinned) : lq(pinned), gt(pinned) {}

  HostBuffer lq, gt;
  std::byte* lq_bytes = nullptr;
  std::byte* gt_bytes = nullptr;
  bool is_float = false;
};

std::size_t values(TrainingSize size, int factor) {
  return static_cast<std::size_t>(size.pixels()) * static_cast<std::size_t>(factor) *
         static_cast<std::size_t>(factor) * 3;
}

at::Tensor as_tensor(std::byte* bytes, bool is_float, TrainingSize size, int factor) {
  const std::int64_t side = std::int64_t{size.lq_size} * factor;
  return at::from_blob(bytes, {size.batch_size, side, side, 3},
                       at::TensorOptions().dtype(is_float ? at::kFloat : at::kByte));
}

template <typename Pixel>
std::span<Pixel> pixels_at(std::byte* bytes, std::size_t count) {
  return {reinterpret_cast<Pixel*>(bytes), count};
}

}  // namespace

struct Loader::Impl {
  Impl(std::vector<ImagePair> pair_list, const Sampler& sample_rule, const Options& loader_options)
      : pairs(std::move(pair_list)),
        sampler(sample_rule),
        options(loader_options),
        slots{Slot(options.pinned), Slot(options.pinned)},
        queue({.threads = options.threads,
               .cache_bytes = cache_budget(options.cache, available_host_memory())},
              {.image_of = [this](std::uint64_t sample) { return sampler(sample).image; },
               .decode =
                   [this](std::uint64_t image) {
                     return decode_pair(pairs.at(image), options.scale);
                   }}) {}

  void fill(Slot& slot, const Request& request, std::uint64_t keep_from);
  void refuse_small(const Request& request) const;

  const std::vector<ImagePair> pairs;
  const Sampler sampler;
  const Options options;
  std::array<Slot, 2> slots;
  std::size_t last_slot = 1;     ///< holds the batch taken last
  Request last;                  ///< the batch taken last
  std::optional<Request> ahead;  ///< what prefetch() asked for, in the other slot
  DecodeQueue queue;
  BackgroundTask background;  ///< ended before what its task uses
};

/// Runs in the caller's or in the background thread, never in both at once.
void Loader::Impl::fill(Slot& slot, const Request& request, std::uint64_t keep_from) {
  if (request.size.batch_size < 1 || request.size.lq_size < 1) {
    throw std::invalid_argument("Loader: a batch needs a positive batch_size and lq_size");
  }
  refuse_small(request);
  const auto count = static_cast<std::size_t>(request.size.batch_size);
  std::vector<DecodeQueue::Item> images(count);
  queue.fetch(request.cursor, keep_from, images);
  std::vector<BatchItem> items(count);
  for (std::size_t i = 0; i < count; ++i) {
    items[i] = {sampler(request.cursor + i), std::move(images[i])};
  }
  slot.is_float = needs_float(items);
  const std::size_t pixel_bytes = slot.is_float ? sizeof(float) : 1;
  const std::size_t lq_values = values(request.size, 1);
  const std::size_t gt_values = values(request.size, options.scale);
  slot.lq_bytes = slot.lq.reserve(lq_values * pixel_bytes);
  slot.gt_bytes = slot.gt.reserve(gt_values * pixel_bytes);
  if (slot.is_float) {
    assemble(items, request.size.lq_size, options.scale, pixels_at<float>(slot.lq_bytes, lq_values),
             pixels_at<float>(slot.gt_bytes, gt_values));
  } else {
    assemble(items, request.size.lq_size, options.scale,
             pixels_at<std::uint8_t>(slot.lq_bytes, lq_values),
             pixels_at<std::uint8_t>(slot.gt_bytes, gt_values));
  }
}

void Loader::Impl::refuse_small(const Request& request) const {
  if (options.small_images == SmallImages::kPad) {
    return;
  }
  for (int i = 0; i < request.size.batch_size; ++i) {
    const ImagePair& pair = pairs[sampler(request.cursor + static_cast<std::uint64_t>(i)).image];
    if (std::min(pair.lq_width, pair.lq_height) < request.size.lq_size) {
      throw DataError(fmt::format("{}: LQ {}x{} is smaller than lq_size {} (small_images: error)",
                                  pair.gt.string(), pair.lq_width, pair.lq_height,
                                  request.size.lq_size));
    }
  }
}

Loader::Loader(std::vector<ImagePair> pairs, const Sampler& sampler, const Options& options)
    : impl_(std::make_unique<Impl>(std::move(pairs), sampler, options)) {}

Loader::~Loader() = default;

Batch Loader::take(std::uint64_t cursor, TrainingSize size) {
  const auto start = std::chrono::steady_clock::now();
  const Request request{cursor, size};
  const std::size_t free_slot = 1 - impl_->last_slot;
  Slot& slot = impl_->slots[free_slot];
  const bool foreseen = std::exchange(impl_->ahead, std::nullopt) == request;
  // A failure of a batch that is not the one taken says nothing yet: its samples may never be asked
  // for again.
  const std::exception_ptr failure = impl_->background.wait();
  if (!foreseen) {
    impl_->fill(slot, request, cursor);
  } else if (failure) {
    std::rethrow_exception(failure);
  }
  impl_->last_slot = free_slot;
  impl_->last = request;

  Batch batch;
  batch.lq = as_tensor(slot.lq_bytes, slot.is_float, size, 1);
  batch.gt = as_tensor(slot.gt_bytes, slot.is_float, size, impl_->options.scale);
  batch.size = size;
  batch.first_sample = cursor;
  const std::chrono::duration<double, std::milli> waited = std::chrono::steady_clock::now() - start;
  batch.wait_ms = waited.count();
  return batch;
}

void Loader::prefetch(std::uint64_t cursor, TrainingSize size) {
  impl_->background.wait();
  const Request request{cursor, size};
  // The images of the batch taken last stay when this one follows it: that step may have to be
  // tried again.
  const Request& last = impl_->last;
  const auto last_size = static_cast<std::uint64_t>(last.size.batch_size);
  const bool follows = cursor >= last.cursor && cursor - last.cursor <= last_size;
  const std::uint64_t keep_from = follows ? last.cursor : cursor;
  impl_->ahead = request;
  Slot& slot = impl_->slots[1 - impl_->last_slot];
  impl_->background.start(
      [impl = impl_.get(), &slot, request, keep_from] { impl->fill(slot, request, keep_from); });
}

LoaderStats Loader::stats() {
  const DecodeQueue::Stats raw = impl_->queue.take_stats();
  LoaderStats stats;
  if (raw.decode_seconds > 0) {
    stats.decode_mpixels_per_s = static_cast<double>(raw.decoded_pixels) / 1e6 / raw.decode_seconds;
  }
  if (raw.samples > 0) {
    stats.cache_share = static_cast<double>(raw.from_memory) / static_cast<double>(raw.samples);
  }
  return stats;
}

}  // namespace sr
