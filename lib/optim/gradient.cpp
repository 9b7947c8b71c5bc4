#include "optim/gradient.h"

#include <utility>

#include <torch/torch.h>

namespace sr {

namespace {
constexpr double kNormEps = 1e-6;  ///< torch.nn.utils.clip_grad_norm_'s

at::Tensor fixed_norm(const std::vector<at::Tensor>& gradients, double max_norm) {
  TORCH_CHECK(!gradients.empty(), "at least one gradient");
  return max_norm > 0 ? torch::full({}, max_norm,
                                    torch::dtype(torch::kFloat32).device(gradients[0].device()))
                      : at::Tensor();
}
}  // namespace

GradientGuard::GradientGuard(const std::vector<at::Tensor>& gradients, double max_norm)
    : GradientGuard(gradients, fixed_norm(gradients, max_norm)) {}

GradientGuard::GradientGuard(std::vector<at::Tensor> gradients, at::Tensor max_norm)
    : gradients_(std::move(gradients)), checked_(gradients_), max_norm_(std::move(max_norm)) {
  TORCH_CHECK(!gradients_.empty(), "at least one gradient");
  const auto scalar = torch::dtype(torch::kFloat32).device(gradients_.front().device());
  found_inf_ = torch::zeros({}, scalar);
  norm_ = torch::zeros({}, scalar);
  loss_ = torch::zeros({}, scalar);
  checked_.push_back(loss_);
  if (!max_norm_.defined()) {
    return;
  }
  eps_ = torch::full({}, kNormEps, scalar);
  coefficient_ = torch::zeros({}, scalar);
  row_norms_.emplace(gradients_);
}

void GradientGuard::run(const at::Tensor& loss, const at::Tensor& inverse_scale) {
  const at::NoGradGuard no_grad;
  found_inf_.zero_();
  loss_.copy_(loss);
  at::_amp_foreach_non_finite_check_and_unscale_(checked_, found_inf_, inverse_scale);
  if (!row_norms_) {
    return;
  }
  row_norms_->run();
  at::linalg_vector_norm_out(norm_, row_norms_->all(), 2);
  coefficient_.copy_(norm_).add_(eps_).reciprocal_().mul_(max_norm_).clamp_max_(1);
  at::_foreach_mul_(gradients_, coefficient_);
}

}  // namespace sr
