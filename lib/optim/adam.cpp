#include "optim/adam.h"

#include <utility>

#include <torch/torch.h>

#include "optim/flat_vector.h"

namespace sr {

Adam::Adam(const recipe::AdamOptions& options, double weight_decay, std::vector<std::string> names,
           std::vector<at::Tensor> parameters)
    : Optimizer(std::move(names), std::move(parameters)),
      options_(options),
      weight_decay_(weight_decay) {
  // preserve_format: a moment whose strides differ from its parameter's would be updated element by
  // element.
  for (const at::Tensor& parameter : this->parameters()) {
    const at::Tensor data = parameter.detach();
    parameter.mutable_grad() = torch::zeros_like(data);
    exp_avgs_.push_back(torch::zeros_like(data));
    exp_avg_sqs_.push_back(torch::zeros_like(data));
    flat_.parameters.push_back(flat_view(data));
    flat_.gradients.push_back(flat_view(parameter.grad()));
    flat_.exp_avgs.push_back(flat_view(exp_avgs_.back()));
    flat_.exp_avg_sqs.push_back(flat_view(exp_avg_sqs_.back()));
  }
  set_flat_gradients(flat_.gradients);
  const auto scalar = torch::dtype(torch::kFloat32).device(this->parameters().front().device());
  step_ = torch::zeros({}, scalar);
  one_ = torch::ones({}, scalar);
  // All parameters share one count: the kernels only read it.
  steps_.assign(this->parameters().size(), step_);
}

void Adam::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  // A 0-dim tensor, because adding a number would allocate a tensor for it.
  step_.add_(one_).sub_(found_inf);
  const auto update = [&](auto kernel) {
    kernel(flat_.parameters, flat_.gradients, flat_.exp_avgs, flat_.exp_avg_sqs,
           /*max_exp_avg_sqs=*/at::TensorList{}, steps_, rate(), options_.betas[0],
           options_.betas[1], weight_decay_, options_.eps,
           /*amsgrad=*/false, /*maximize=*/false, /*grad_scale=*/std::nullopt, found_inf);
  };
  if (options_.decoupled_weight_decay) {
    update([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  } else {
    update([](auto&&... arguments) { at::_fused_adam_(arguments...); });
  }
}

std::vector<NamedState> Adam::state() const {
  std::vector<NamedState> result;
  for (std::size_t i = 0; i < names().size(); ++i) {
    result.push_back({"exp_avg." + names()[i], exp_avgs_[i]});
    result.push_back({"exp_avg_sq." + names()[i], exp_avg_sqs_[i]});
  }
  result.push_back({"step", step_});
  return result;
}

}  // namespace sr
