#pragma once

#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "optim/row_norms.h"

namespace sr {

/// Checks, unscales and clips gradients in place without allocating: everything it needs is made at
/// construction.
class GradientGuard {
 public:
  /// max_norm <= 0: no clipping. `gradients` are the float32 tensors (on one device) that stay in
  /// place for the whole run.
  GradientGuard(const std::vector<at::Tensor>& gradients, double max_norm);
  /// Clips to what `max_norm` (float32 0-dim on their device) holds at each run(); undefined = no
  /// clipping.
  GradientGuard(std::vector<at::Tensor> gradients, at::Tensor max_norm);

  /// gradients *= inverse_scale (float32 0-dim on their device, 1 without loss scaling); found_inf
  /// := 1 when one of them (or `loss`, 0-dim) is not finite, else 0; then, if clipping, scaled so
  /// that their global L2 norm is at most max_norm (torch.nn.utils.clip_grad_norm_'s rule, eps
  /// 1e-6). No host sync. With found_inf = 1 the gradients are unusable and the optimizer must be
  /// given the flag.
  void run(const at::Tensor& loss, const at::Tensor& inverse_scale);
  const at::Tensor& found_inf() const { return found_inf_; }  ///< float32 0-dim
  const at::Tensor& norm() const {
    return norm_;
  }  ///< float32 0-dim, before clipping (0 when not clipping)

 private:
  std::vector<at::Tensor> gradients_;
  std::vector<at::Tensor> checked_;    ///< gradients_ and loss_
  std::optional<RowNorms> row_norms_;  ///< of gradients_; none when not clipping
  at::Tensor found_inf_, norm_, loss_;
  at::Tensor max_norm_, eps_, coefficient_;
};

}  // namespace sr
