#pragma once

#include <cstdint>
#include <vector>

#include "data/loader.h"
#include "data/mix_draw.h"
#include "recipe/batch_mix.h"
#include "train/batch_upload.h"

namespace sr {

/// Mixes the samples of a step with each other, and GT into LQ (train.use_moa). What becomes of a
/// sample depends on its number, on the size of the crop and on the samples of its part of the
/// step: batch_size_per_gpu of them, those that one process takes with accum_iter: 1. How a part is
/// cut into micro-batches changes nothing: others are taken as they were uploaded.
class BatchMixer {
 public:
  BatchMixer(BatchMixOptions options, std::uint64_t seed);

  bool on() const { return options_.use_moa; }
  /// For the samples of this batch, which consists of `parts` equal ones.
  void draw(const Batch& batch, int parts);
  /// Samples [first, first + count) of that batch as they are trained on, mixed or not; `upload`
  /// has them all. May run out of memory.
  BatchImages images(std::int64_t first, std::int64_t count, BatchUpload& upload) const;
  /// `images`: samples of that batch from `first` on, in memory of their own; `upload` has them
  /// all. May run out of memory.
  void mix(const BatchImages& images, std::int64_t first, BatchUpload& upload) const;

  /// Of the last draw().
  struct Mix {
    MixDraw draw;
    std::int64_t partner = 0;  ///< position in the batch
  };
  const std::vector<Mix>& mixes() const { return mixes_; }

 private:
  BatchMixOptions options_;
  std::uint64_t seed_;
  std::vector<Mix> mixes_;
};

/// One sample [1, C, H, W] of a batch, mixed in place; `partner` is as large.
void mix_sample(const BatchImages& sample, const BatchImages& partner, const MixDraw& draw);

}  // namespace sr
