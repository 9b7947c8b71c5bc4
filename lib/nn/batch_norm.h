#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "nn/module.h"
#include "nn/recompute.h"

namespace sr {

/// What a pass through batch normalisation normalises by.
enum class Statistics {
  kRunning,     ///< the averages of the passes of training; nothing changes
  kBatch,       ///< the batch's own, which the averages take in
  kBatchAgain,  ///< the batch's own, which the averages have taken in already
};

/// `of_pass` within a block that is computed once or twice: the averages take a batch in the first
/// time alone.
Statistics statistics_in_block(Statistics of_pass, Computed how);

/// Batch normalisation of [N, C, H, W] (Ioffe and Szegedy, 2015): weight and bias, and as buffers
/// running_mean, running_var and num_batches_tracked, momentum 0.1. By its own statistics a batch
/// needs more than one value a channel.
class BatchNorm final : public Module {
 public:
  explicit BatchNorm(std::int64_t channels);
  at::Tensor operator()(const at::Tensor& features, Statistics statistics) const;

 private:
  at::Tensor weight_, bias_, mean_, variance_, batches_;
};

}  // namespace sr
