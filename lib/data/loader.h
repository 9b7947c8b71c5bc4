#pragma once

#include <cstdint>
#include <memory>

#include <ATen/core/Tensor.h>

#include "core/training_size.h"
#include "data/pairs.h"
#include "data/sampler.h"

namespace sr {

/// One batch in host memory (pinned for CUDA) that LibTorch's allocator does not count.
struct Batch {
  at::Tensor lq;  ///< [N, H, W, 3] uint8 (0..255), or float32 (0..1) when one of its images is deeper than 8 bits
  at::Tensor gt;  ///< [N, H * scale, W * scale, 3], same type
  TrainingSize size;
  std::uint64_t first_sample = 0;
  double wait_ms = 0;  ///< how long take() blocked for decoding
};

struct LoaderStats {
  double decode_mpixels_per_s = 0;  ///< since the last call of stats(), per thread-second
  double cache_share = 0;           ///< samples served from memory since the last call
};

/// Decodes ahead of a cursor with a pool of threads into a bounded queue of whole images; crops only in take(), so a size
/// change takes effect at once and loses nothing. Results do not depend on the number of threads.
class Loader {
 public:
  struct Options {
    int scale = 2;
    int threads = 2;
    SmallImages small_images = SmallImages::kPad;
    CacheSetting cache;
    bool pinned = false;
  };
  Loader(std::vector<ImagePair> pairs, const Sampler& sampler, const Options& options);
  ~Loader();

  /// Samples [cursor, cursor + size.batch_size) cropped at size.lq_size. The buffers belong to the loader and are reused
  /// by the second take() after this one. Throws DataError of a file that cannot be decoded.
  Batch take(std::uint64_t cursor, TrainingSize size);
  LoaderStats stats();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sr
