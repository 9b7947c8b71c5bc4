#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "optim/flat_vector.h"

namespace sr {

/// Exponential moving average of parameters with traiNNer-redux's warm-up: update n (from 1,
/// counted after the first `update_after`, which copy) has decay min(decay, 1 - (1 + n)^-power).
/// Starts as a copy of the parameters. Allocates only at construction; nothing is read back to the
/// host.
class Ema {
 public:
  /// Parameters in their final memory format and on their final device; decay in [0, 1), power > 0.
  Ema(const std::vector<at::Tensor>& parameters, double decay, double power,
      std::int64_t update_after);
  /// found_inf of the optimizer step (float32 0-dim on the device): 1 = skipped, which leaves
  /// average and count alone.
  void update(const at::Tensor& found_inf);
  /// The parameters become their averages, unless found_inf is 1.
  void overwrite_parameters(const at::Tensor& found_inf);
  const std::vector<at::Tensor>& averages() const { return averages_; }
  at::Tensor updates() const {
    return updates_;
  }  ///< float32 0-dim counter, part of the checkpoint

 private:
  std::vector<at::Tensor> parameters_, averages_;
  /// CUDA only, where a kernel costs more than the few values of most parameters: the averages and
  /// a copy of the parameters as a vector each.
  FlatVector flat_averages_, flat_copy_;
  std::vector<at::Tensor> flat_parameters_;
  double decay_, power_;
  at::Tensor updates_, update_after_, weight_, applied_, one_;  ///< float32 0-dim on the device
};

}  // namespace sr
