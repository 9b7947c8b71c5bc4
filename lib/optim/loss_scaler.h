#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "optim/optimizer.h"

namespace sr {

/// Dynamic loss scaling for float16 gradients, torch.amp.GradScaler's rule: starts at 65536,
/// doubles after 2000 good updates in a row, halves after one whose gradients were not finite.
/// Lives on the device; update() allocates nothing.
class LossScaler {
 public:
  /// enabled = false (float32, bfloat16): the scale is 1 for good.
  LossScaler(bool enabled, at::Device device);

  const at::Tensor& scale() const { return scale_; }  ///< float32 0-dim; multiply the loss by it
  const at::Tensor& inverse_scale() const {
    return inverse_scale_;
  }  ///< float32 0-dim, for GradientGuard::run
  bool enabled() const { return enabled_; }

  /// After each optimizer step; found_inf as GradientGuard left it. A `held` (bool 0-dim) that is
  /// true leaves everything as it is: there was no step.
  void update(const at::Tensor& found_inf, const at::Tensor& held = {});

  /// Of the last so many updates, of which none was finite: how many had a scale of 1 or less, so
  /// that a smaller one would not have helped. All when it is off. Synchronizes.
  std::int64_t failed_unscaled(std::int64_t in_a_row) const;

  /// "scale" (float32) and "growth_tracker" (int32) for the checkpoint. Call loaded() after writing
  /// into them.
  std::vector<NamedState> state() const;
  void loaded();

 private:
  bool enabled_;
  at::Tensor scale_, inverse_scale_, growth_tracker_;
  at::Tensor before_scale_, before_growth_tracker_;  ///< of an update that may be held
};

}  // namespace sr
