#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/training_size.h"
#include "data/decode_queue.h"
#include "data/host_buffer.h"
#include "data/pairs.h"
#include "data/sampler.h"

namespace sr {

/// Square images side by side in host memory: [count, side, side, channels], row-major.
struct HostPixels {
  const std::byte* data = nullptr;
  bool is_float = false;  ///< float32 in 0..1; else uint8 in 0..255
  int count = 0, side = 0, channels = 3;

  std::size_t values() const {
    return static_cast<std::size_t>(count) * static_cast<std::size_t>(side) *
           static_cast<std::size_t>(side) * static_cast<std::size_t>(channels);
  }
  std::size_t bytes() const { return values() * (is_float ? sizeof(float) : 1); }
};

/// A claim on memory of a loader that is still read after the next call to it, say by a copy to a
/// device: the loader waits for it before it writes there again. For the loader's caller.
class HostLease {
 public:
  /// `wait` returns when the memory has been read.
  void hold_until(std::function<void()> wait) { wait_ = std::move(wait); }
  /// Returns when nobody reads the memory any more.
  void end() {
    if (wait_) {
      std::exchange(wait_, nullptr)();
    }
  }

 private:
  std::function<void()> wait_;
};

/// The samples of a run that one of its processes takes: all are dealt in turns, so that who takes
/// what does not depend on the batch size.
struct SampleShare {
  std::uint64_t origin = 0;     ///< the first sample that is dealt; a whole number of turns follows
  std::uint64_t processes = 1;  ///< of the run
  std::uint64_t process = 0;    ///< this one takes origin + process + k * processes

  std::uint64_t sample(std::uint64_t number) const { return origin + process + number * processes; }
  /// Of the turn that begins with sample `cursor`.
  std::uint64_t number(std::uint64_t cursor) const { return (cursor - origin) / processes; }
};

/// Which sample of the run is where in a batch: of process `process` of so many, in parts that are
/// dealt as over so many processes.
struct SampleNumbers {
  std::uint64_t first = 0;  ///< of the step
  std::uint64_t processes = 1, process = 0;
  std::uint64_t parts_in_turns = 1;

  /// At `index` of `count`.
  std::uint64_t at(std::size_t index, std::size_t count) const {
    const std::size_t part = count / parts_in_turns;
    return first + process + processes * (index % part * parts_in_turns + index / part);
  }
};

/// One batch in host memory that belongs to its loader.
struct Batch {
  HostPixels lq;  ///< side lq_size, 3 channels a frame; float when an image of the batch has more
                  ///< than 8 bits
  HostPixels gt;  ///< side lq_size * scale, same type; 3 channels, or 6 with sharpened GT
  TrainingSize size;
  std::uint64_t first_sample = 0;
  std::uint64_t next_sample = 0;  ///< the first one that no process of the run takes in this step
  SampleNumbers numbers;          ///< of the samples in it
  /// How long take() held up its caller: waiting for decoding, cropping, stacking.
  double wait_ms = 0;
  HostLease* lease = nullptr;  ///< of its memory; null when that is never written again
};

/// Bytes of decoded images to keep: `auto` is a quarter of what is available now.
std::int64_t cache_budget(const CacheSetting& setting, std::int64_t available_bytes);

/// Work of a loader's threads over some time.
using LoaderStats = DecodeQueue::Stats;

/// Where the trainer gets its batches from.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  /// The step's samples from `cursor` on, size.batch_size of them, cropped at size.lq_size.
  virtual Batch take(std::uint64_t cursor, TrainingSize size) = 0;
  /// Begins to make a batch ready for a take() of just this cursor and size.
  virtual void prefetch(std::uint64_t cursor, TrainingSize size) = 0;
  /// Since the last call.
  virtual LoaderStats take_stats() = 0;
};

/// Decodes ahead of a cursor with a pool of threads into a bounded pool of images; crops only for
/// the batch that is asked for, so a size change takes effect at once and loses nothing. Of an
/// image that is shown once and not kept only the crop at the size asked for last may be decoded; a
/// larger size decodes it again. What a batch holds depends on the list, the sampler, the cursor
/// and the size alone: not on threads, cache or what was asked for before. One caller at a time.
class Loader final : public BatchSource {
 public:
  struct Options {
    int scale = 2;
    int clip_size = 1;  ///< frames of a sample, stacked in the channels of LQ
    int threads = 2;
    SmallImages small_images = SmallImages::kPad;
    CacheSetting cache{};
    HostAllocate allocate = allocate_plain;  ///< of the batches: page-locked memory for CUDA
    /// How LQ is made where the list's images have none (ImagePair::degraded).
    DegradationConfig degradation{};
    SampleShare share{};
    /// A batch consists of so many equal parts: part p takes the samples that process p of so many
    /// would.
    int parts_in_turns = 1;
    bool whole_images = false;  ///< decode none in part, which changes no batch
    bool sharpened_gt = false;  ///< batches hold GT and, in three channels more, GT sharpened
  };
  /// The sampler's order is that of the list (make_sample_order).
  Loader(PairList list, const Sampler& sampler, const Options& options);
  /// Waits for the images that are being decoded.
  ~Loader() override;

  /// Samples [cursor, cursor + size.batch_size), or this process's share of so many for each,
  /// cropped at size.lq_size. Any cursor may follow any other; the decoded images of the last one
  /// are kept, so that a retry at a smaller size decodes nothing again. The buffers belong to the
  /// loader and are reused by the second take() after this one, or by a prefetch() after the next
  /// take(), once their lease has ended. Throws DataError of a file that cannot be decoded, or
  /// (small_images: error) is smaller than the crop.
  Batch take(std::uint64_t cursor, TrainingSize size) override;

  /// Begins to assemble a batch in the background. A take() of just this cursor and size then finds
  /// it done; any other ignores it. Nothing is thrown here: what goes wrong is thrown when the
  /// batch is taken. The batch before the last one taken is given up.
  void prefetch(std::uint64_t cursor, TrainingSize size) override;

  /// Since the last call.
  LoaderStats take_stats() override;
  /// Bytes of decoded images that it keeps for later passes.
  std::int64_t cache_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sr
