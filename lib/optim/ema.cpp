#include "optim/ema.h"

#include <utility>

#include <torch/torch.h>

namespace sr {

Ema::Ema(const std::vector<at::Tensor>& parameters, double decay, double power,
         std::int64_t update_after)
    : decay_(decay), power_(power) {
  TORCH_CHECK(!parameters.empty(), "at least one parameter");
  for (const at::Tensor& parameter : parameters) {
    parameters_.push_back(parameter.detach());
  }
  if (parameters_.front().is_cuda()) {
    flat_averages_ = make_flat_vector(parameters_);
    flat_copy_ = make_flat_vector(parameters_);
    averages_ = flat_averages_.parts;
    for (const at::Tensor& parameter : parameters_) {
      flat_parameters_.push_back(flat_view(parameter));
    }
    at::_foreach_copy_(flat_averages_.flat, flat_parameters_);
  } else {
    for (const at::Tensor& parameter : parameters_) {
      averages_.push_back(parameter.clone());
    }
  }
  const auto scalar = torch::dtype(torch::kFloat32).device(parameters_.front().device());
  updates_ = torch::zeros({}, scalar);
  weight_ = torch::zeros({}, scalar);
  applied_ = torch::zeros({}, scalar);
  one_ = torch::ones({}, scalar);
  update_after_ = torch::full({}, static_cast<double>(update_after), scalar);
}

void Ema::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  applied_.copy_(one_).sub_(found_inf);
  updates_.add_(applied_);
  // weight = 1 - min(decay, 1 - (1 + n)^-power) = max(1 - decay, (1 + n)^-power); n = 0 gives 1,
  // which is a copy.
  weight_.copy_(updates_).sub_(update_after_).clamp_min_(0).add_(one_).pow_(-power_);
  weight_.clamp_min_(1 - decay_).mul_(applied_);
  if (!flat_parameters_.empty()) {
    at::_foreach_copy_(flat_copy_.flat, flat_parameters_);
    flat_averages_.all.lerp_(flat_copy_.all, weight_);
    return;
  }
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    averages_[i].lerp_(parameters_[i], weight_);
  }
}

void Ema::overwrite_parameters(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  applied_.copy_(one_).sub_(found_inf);
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    parameters_[i].lerp_(averages_[i], applied_);
  }
}

}  // namespace sr
