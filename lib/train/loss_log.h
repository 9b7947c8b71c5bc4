#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "config/config.h"

namespace sr {

/// For how many steps losses are kept for the automations of a run: 0 when none asks for them.
std::int64_t losses_to_keep(const Config& config);

/// The losses of the last committed steps, one by one, kept on the device until the host asks for
/// them: one copy for many steps.
class LossLog {
 public:
  /// Room for `capacity` steps between two take(); 0 = keeps nothing.
  LossLog(std::int64_t capacity, at::Device device);

  /// Notes a step's loss (float32 0-dim), NaN when found_inf (same) is 1. Allocates nothing.
  void commit(const at::Tensor& loss, const at::Tensor& found_inf);
  /// In the order of the steps since the last call. Synchronizes.
  std::vector<float> take();

 private:
  at::Tensor values_;               // [capacity]
  std::vector<at::Tensor> places_;  // 0-dim, of values_
  at::Tensor bad_, zero_, nan_;     // 0-dim
  std::size_t count_ = 0;
};

}  // namespace sr
