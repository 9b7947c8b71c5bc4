#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "train/step_input.h"

namespace sr {

/// What the noise of a step follows from, a number for each sample (NoisyNetwork::noisy_forward).
/// It is made by a counter from seed, step and sample, so that a retry, micro-batches, a replay and
/// a resumed run add the same noise.
class NoiseKeys {
 public:
  /// `used`: NoisyNetwork::adds_noise().
  NoiseKeys(bool used, std::uint64_t seed, at::Device device);

  /// For `samples` samples of a step from its sample `begin` on, which of() counts from 0. May run
  /// out of memory. What of() gave before is overwritten, and stays where it is as long as
  /// `samples` does: a recorded step reads it there.
  void draw(std::int64_t step, std::int64_t samples, std::int64_t begin = 0);
  /// int64 [count] of samples from `first` on; undefined for a network without noise.
  at::Tensor of(std::int64_t first, std::int64_t count) const;

 private:
  bool used_;
  std::uint64_t seed_;
  std::vector<std::int64_t> drawn_;  ///< on the host
  StepInput keys_;
};

}  // namespace sr
