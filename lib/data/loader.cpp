#include "data/loader.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "core/host_memory.h"
#include "core/worker.h"
#include "data/batch_assembly.h"
#include "data/decode_queue.h"
#include "data/degraded_assembly.h"
#include "data/host_buffer.h"
#include "data/pair_decoder.h"

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
  HostLease lease;
};

/// By item, the number of the scene it has to be read in order with, from 1; empty when items can
/// be decoded in any order.
std::vector<std::uint64_t> streams_of(const PairList& list) {
  std::vector<std::uint64_t> streams;
  for (std::size_t i = 0; i < list.scenes.size(); ++i) {
    const Scene& scene = list.scenes[i];
    if (scene.sequential) {
      streams.resize(list.pairs.size());
      std::fill_n(streams.begin() + static_cast<std::ptrdiff_t>(scene.first), scene.frames, i + 1);
    }
  }
  return streams;
}

/// Makes room for `pixels` and points them at it.
template <typename Value>
std::span<Value> room_for(HostPixels& pixels, HostBuffer& buffer) {
  std::byte* memory = buffer.reserve(pixels.bytes());
  pixels.data = memory;
  return {reinterpret_cast<Value*>(memory), pixels.values()};
}

}  // namespace

struct Loader::Impl {
  Impl(PairList list, const Sampler& sample_rule, const Options& loader_options)
      : sampler(sample_rule),
        options(loader_options),
        degraded(!list.pairs.empty() && list.pairs.front().degraded),
        streams(streams_of(list)),
        decoder(std::move(list.pairs), options.scale),
        slots{Slot(options.allocate), Slot(options.allocate)},
        cache_bytes(cache_budget(options.cache, HostMemoryReader().read().available)),
        queue({.threads = options.threads,
               .cache_bytes = cache_bytes,
               .ahead_bytes = 2 * kWindowBytes,
               .images_per_sample = static_cast<std::uint64_t>(options.clip_size)},
              source()) {}

  DecodeQueue::Source source();
  void fill(Slot& slot, const Request& request, std::uint64_t keep_from);
  std::uint64_t window_end(std::uint64_t number) const;
  WantedPart wanted_part(std::uint64_t number) const;
  SampleNumbers numbers_from(std::uint64_t cursor) const;
  void fill_ahead();
  void refuse_small(const Request& request) const;

  const Sampler sampler;
  const Options options;
  const bool degraded;                       ///< LQ is made with samples
  const std::vector<std::uint64_t> streams;  ///< by item; empty when none is in a stream
  PairDecoder decoder;
  std::array<Slot, 2> slots;
  std::size_t last_slot = 1;              ///< holds the batch taken last
  Request last;                           ///< the batch taken last
  std::optional<Request> ahead;           ///< what prefetch() asked for, in the other slot
  std::atomic<int> lq_size = 0;           ///< of the batch asked for last: crops are decoded for it
  std::vector<DecodeQueue::Item> images;  ///< of the batch being filled
  std::vector<BatchItem> items;           ///< of the batch being filled
  const std::int64_t cache_bytes;
  DecodeQueue queue;
  Worker background;  ///< ended before what its task uses
};

DecodeQueue::Source Loader::Impl::source() {
  const auto margin = static_cast<std::uint64_t>(options.clip_size / 2);
  DecodeQueue::Source source;
  source.image_of = [this, margin](std::uint64_t sample) {
    return sampler.order().item(options.share.sample(sample)) - margin;
  };
  source.window_end = [this](std::uint64_t sample) { return window_end(sample); };
  if (!streams.empty()) {
    source.stream_of = [this](std::uint64_t image) { return streams[image]; };
  }
  source.decode = [this](std::uint64_t image, std::optional<std::uint64_t> only) {
    return decoder.decode(image, only ? wanted_part(*only) : std::nullopt);
  };
  // A crop of a degraded set is made with what surrounds it.
  if (options.clip_size == 1 && !degraded && !options.whole_images) {
    source.suffices = [this](const PairImage& part, std::uint64_t sample) {
      const WantedPart wanted = wanted_part(sample);
      return wanted && part.holds(*wanted, options.scale);
    };
    source.bytes_of = [this](std::uint64_t image) {
      return decoded_bytes(decoder.pairs()[image], options.scale);
    };
  }
  return source;
}

/// The queue knows the samples of this process alone, as numbers 0, 1, 2 ...
std::uint64_t Loader::Impl::window_end(std::uint64_t number) const {
  const SampleShare& share = options.share;
  const std::uint64_t end = sampler.order().window_end(share.sample(number));
  const std::uint64_t own =
      (end - share.origin - share.process + share.processes - 1) / share.processes;
  return std::max(number + 1, own);
}

WantedPart Loader::Impl::wanted_part(std::uint64_t number) const {
  const SampleDescriptor sample = sampler(options.share.sample(number));
  const ImagePair& pair = decoder.pairs()[sample.image];
  return crop_part(sample, {pair.lq_width, pair.lq_height}, lq_size);
}

SampleNumbers Loader::Impl::numbers_from(std::uint64_t cursor) const {
  return {cursor, options.share.processes, options.share.process,
          static_cast<std::uint64_t>(options.parts_in_turns)};
}

/// Runs in the caller's or in the background thread, never in both at once.
void Loader::Impl::fill(Slot& slot, const Request& request, std::uint64_t keep_from) {
  if (request.size.batch_size < 1 || request.size.lq_size < 1) {
    throw std::invalid_argument("Loader: a batch needs a positive batch_size and lq_size");
  }
  refuse_small(request);
  const auto count = static_cast<std::size_t>(request.size.batch_size);
  const auto frames = static_cast<std::size_t>(options.clip_size);
  images.resize(count * frames);
  const std::uint64_t first = options.share.number(request.cursor);
  lq_size = request.size.lq_size;
  queue.fetch(first, options.share.number(keep_from), images);
  items.resize(count);
  const SampleNumbers numbers = numbers_from(request.cursor);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t sample = numbers.at(i, count);
    const auto at = static_cast<std::size_t>((sample - request.cursor) / options.share.processes);
    items[i] = {sampler(sample), std::span(images).subspan(at * frames, frames)};
  }
  const bool is_float = needs_float(items);
  const TrainingSize size = request.size;
  slot.lq_pixels = {.is_float = is_float,
                    .count = size.batch_size,
                    .side = size.lq_size,
                    .channels = 3 * options.clip_size};
  const PatchSize patch{size.lq_size, options.scale, options.clip_size, options.sharpened_gt};
  slot.gt_pixels = {.is_float = is_float,
                    .count = size.batch_size,
                    .side = size.lq_size * options.scale,
                    .channels = patch.gt_channels()};
  const auto assemble_as = [&]<typename Value>(Value) {
    const std::span<Value> lq = room_for<Value>(slot.lq_pixels, slot.lq);
    const std::span<Value> gt = room_for<Value>(slot.gt_pixels, slot.gt);
    if (degraded) {
      assemble_degraded(items, {patch, options.degradation, options.threads}, lq, gt);
    } else {
      assemble(items, patch, lq, gt, options.threads);
    }
  };
  is_float ? assemble_as(float{}) : assemble_as(std::uint8_t{});
  images.assign(images.size(), nullptr);  // a batch in memory must hold no decoded image back
}

void Loader::Impl::fill_ahead() {
  // The images of the batch taken last stay when this one follows it: that step may have to be
  // tried again.
  const std::uint64_t last_size =
      static_cast<std::uint64_t>(last.size.batch_size) * options.share.processes;
  const bool follows = ahead->cursor >= last.cursor && ahead->cursor - last.cursor <= last_size;
  fill(slots[1 - last_slot], *ahead, follows ? last.cursor : ahead->cursor);
}

void Loader::Impl::refuse_small(const Request& request) const {
  if (options.small_images == SmallImages::kPad) {
    return;
  }
  const std::uint64_t first = options.share.number(request.cursor);
  for (int i = 0; i < request.size.batch_size; ++i) {
    const std::uint64_t sample = options.share.sample(first + static_cast<std::uint64_t>(i));
    const ImagePair& pair = decoder.pairs()[sampler.order().item(sample)];
    if (std::min(pair.lq_width, pair.lq_height) < request.size.lq_size) {
      throw DataError(fmt::format("{}: LQ {}x{} is smaller than lq_size {} (small_images: error)",
                                  pair.gt.string(), pair.lq_width, pair.lq_height,
                                  request.size.lq_size));
    }
  }
}

std::int64_t cache_budget(const CacheSetting& setting, std::int64_t available_bytes) {
  switch (setting.mode) {
    case CacheMode::kOff:
      return 0;
    case CacheMode::kAuto:
      return available_bytes / 4;
    case CacheMode::kBytes:
      return setting.bytes;
  }
  return 0;
}

Loader::Loader(PairList list, const Sampler& sampler, const Options& options)
    : impl_(std::make_unique<Impl>(std::move(list), sampler, options)) {}

Loader::~Loader() = default;

Batch Loader::take(std::uint64_t cursor, TrainingSize size) {
  const auto start = std::chrono::steady_clock::now();
  const Request request{cursor, size};
  const std::size_t free_slot = 1 - impl_->last_slot;
  Slot& slot = impl_->slots[free_slot];
  // A failure of a batch that is not the one taken says nothing yet: its samples may never be asked
  // for again.
  const std::exception_ptr failure = impl_->background.wait();
  const bool foreseen = std::exchange(impl_->ahead, std::nullopt) == request;
  if (!foreseen) {
    slot.lease.end();
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
  batch.next_sample =
      cursor + static_cast<std::uint64_t>(size.batch_size) * impl_->options.share.processes;
  batch.numbers = impl_->numbers_from(cursor);
  batch.lease = &slot.lease;
  const std::chrono::duration<double, std::milli> waited = std::chrono::steady_clock::now() - start;
  batch.wait_ms = waited.count();
  return batch;
}

void Loader::prefetch(std::uint64_t cursor, TrainingSize size) {
  impl_->background.wait();
  impl_->slots[1 - impl_->last_slot].lease.end();
  impl_->ahead = Request{cursor, size};
  // The function holds one pointer, so that a step allocates nothing here.
  impl_->background.submit([impl = impl_.get()] { impl->fill_ahead(); });
}

LoaderStats Loader::take_stats() {
  return impl_->queue.take_stats();
}

std::int64_t Loader::cache_bytes() const {
  return impl_->cache_bytes;
}

}  // namespace sr
