#include "data/loader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

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
  explicit Slot(const HostAllocate& allocate) : lq(allocate), gt(allocate) {}

  HostBuffer lq, gt;
  HostPixels lq_pixels, gt_pixels;
};

/// Makes room for `pixels` and points them at it.
template <typename Value>
std::span<Value> room_for(HostPixels& pixels, HostBuffer& buffer) {
  std::byte* memory = buffer.reserve(pixels.bytes());
  pixels.data = memory;
  return {reinterpret_cast<Value*>(memory), pixels.values()};
}

}  // namespace

struct Loader::Impl {
  Impl(std::vector<ImagePair> pair_list, const Sampler& sample_rule, const Options& loader_options)
      : pairs(std::move(pair_list)),
        sampler(sample_rule),
        options(loader_options),
        slots{Slot(options.allocate), Slot(options.allocate)},
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
  const bool is_float = needs_float(items);
  const TrainingSize size = request.size;
  slot.lq_pixels = {.is_float = is_float, .count = size.batch_size, .side = size.lq_size};
  slot.gt_pixels = {
      .is_float = is_float, .count = size.batch_size, .side = size.lq_size * options.scale};
  const auto assemble_as = [&]<typename Value>(Value) {
    assemble(items, size.lq_size, options.scale, room_for<Value>(slot.lq_pixels, slot.lq),
             room_for<Value>(slot.gt_pixels, slot.gt));
  };
  is_float ? assemble_as(float{}) : assemble_as(std::uint8_t{});
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
  batch.lq = slot.lq_pixels;
  batch.gt = slot.gt_pixels;
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
