#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

/// Exponential moving average of parameters with traiNNer-redux's warm-up: after update n (from 1) the decay is
/// min(decay, 1 - (1 + n)^-power); the first `update_after` updates copy. Allocates only at construction.
class Ema {
 public:
  Ema(std::vector<at::Tensor> parameters, double decay, double power, std::int64_t update_after);
  /// skipped = found_inf of the step (float32 0-dim): 1 leaves the average alone. `skip_count` steps are not counted.
  void update(const at::Tensor& found_inf);
  const std::vector<at::Tensor>& averages() const { return averages_; }
  at::Tensor updates() const { return updates_; }  ///< int64/float 0-dim counter, part of the checkpoint

 private:
  std::vector<at::Tensor> parameters_, averages_;
  double decay_, power_;
  std::int64_t update_after_;
  at::Tensor updates_;
};

}  // namespace sr
