#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/training_size.h"
#include "data/pairs.h"
#include "data/sampler.h"

namespace sr {

/// One batch in host memory (pinned for CUDA) that LibTorch's allocator does not count.
struct Batch {
  /// [N, H, W, 3], uint8 (0..255), or float32 (0..1) when an image of the batch has more than 8
  /// bits.
  at::Tensor lq;
  at::Tensor gt;  ///< [N, H * scale, W * scale, 3], same type
  TrainingSize size;
  std::uint64_t first_sample = 0;
  /// How long take() held up its caller: waiting for decoding, cropping, stacking.
  double wait_ms = 0;
};

/// Both since the last call of stats().
struct LoaderStats {
  /// LQ and GT together, per second of a thread that decodes; 0 when nothing was decoded.
  double decode_mpixels_per_s = 0;
  /// Of the samples lined up: those whose image was in memory already.
  double cache_share = 0;
};

/// Decodes ahead of a cursor with a pool of threads into a bounded queue of whole images; crops
/// only in take(), so a size change takes effect at once and loses nothing. What a batch holds
/// depends on the list, the sampler, the cursor and the size alone: not on threads, cache or what
/// was asked for before. One caller at a time.
class Loader {
 public:
  struct Options {
    int scale = 2;
    int threads = 2;
    SmallImages small_images = SmallImages::kPad;
    CacheSetting cache{};
    bool pinned = false;
  };
  Loader(std::vector<ImagePair> pairs, const Sampler& sampler, const Options& options);
  /// Waits for the images that are being decoded.
  ~Loader();

  /// Samples [cursor, cursor + size.batch_size) cropped at size.lq_size. Any cursor may follow any
  /// other; the decoded images of the last one are kept, so that a retry at another size decodes
  /// nothing again. The buffers belong to the loader and are reused by the second take() after this
  /// one, or by a prefetch() after the next take(). Throws DataError of a file that cannot be
  /// decoded, or (small_images: error) is smaller than the crop.
  Batch take(std::uint64_t cursor, TrainingSize size);

  /// Begins to assemble a batch in the background. A take() of just this cursor and size then finds
  /// it done; any other ignores it. Nothing is thrown here: what goes wrong is thrown when the
  /// batch is taken. The batch before the last one taken is given up.
  void prefetch(std::uint64_t cursor, TrainingSize size);

  LoaderStats stats();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sr
