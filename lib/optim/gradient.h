#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

namespace sr {

/// Checks, unscales and clips gradients in place without allocating: everything it needs is made at construction.
class GradientGuard {
 public:
  /// max_norm <= 0: no clipping. `gradients` are the tensors that stay in place for the whole run.
  GradientGuard(std::vector<at::Tensor> gradients, double max_norm);

  /// gradients /= scale; found_inf := 1 when one of them (or `loss`) is not finite; then, if clipping, scaled so that
  /// their global L2 norm is at most max_norm (torch.nn.utils.clip_grad_norm_'s rule, eps 1e-6). No host sync.
  void run(const at::Tensor& loss, const at::Tensor& inverse_scale);
  const at::Tensor& found_inf() const { return found_inf_; }   ///< float32 0-dim
  const at::Tensor& norm() const { return norm_; }             ///< float32 0-dim, before clipping (0 when not clipping)

 private:
  std::vector<at::Tensor> gradients_;
  double max_norm_;
  at::Tensor found_inf_, norm_;
  std::vector<at::Tensor> scratch_;
};

}  // namespace sr
