#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "train/step_input.h"

namespace sr {

/// Which branches of a network a step keeps for which samples (Network::training_forward). Drawn by
/// a counter from seed, step, sample and branch, so that a retry, micro-batches, a replay and a
/// resumed run draw the same.
class KeptBranches {
 public:
  /// `rates`: Network::drop_rates().
  KeptBranches(std::vector<double> rates, std::uint64_t seed, at::Device device);

  /// For `samples` samples of a step from its sample `begin` on, which of() counts from 0. May run
  /// out of memory. What of() gave before is overwritten, and stays where it is as long as
  /// `samples` does: a recorded step reads it there.
  void draw(std::int64_t step, std::int64_t samples, std::int64_t begin = 0);
  /// [branches, count] of samples from `first` on; undefined for a network without branches.
  at::Tensor of(std::int64_t first, std::int64_t count) const;

 private:
  float factor(std::uint64_t key, std::size_t branch, std::int64_t sample) const;

  std::vector<double> rates_;
  std::uint64_t seed_;
  std::vector<float> drawn_;  ///< on the host, [branches, samples]
  StepInput kept_;
};

}  // namespace sr
