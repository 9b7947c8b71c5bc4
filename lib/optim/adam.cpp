#include "optim/adam.h"

#include <utility>

#include <torch/torch.h>

#include "core/error.h"

namespace sr {

namespace {

/// The tensor's memory as a vector. The fused kernels copy what is not contiguous in the default
/// order, and weights in channels_last are not; an element-wise update does not need to know.
at::Tensor flat(const at::Tensor& tensor) {
  TORCH_CHECK(tensor.is_non_overlapping_and_dense(), "a parameter must be dense");
  return tensor.detach().as_strided({tensor.numel()}, {1});
}

}  // namespace

Adam::Adam(const OptimizerConfig& config, std::vector<std::string> names,
           std::vector<at::Tensor> parameters)
    : config_(config),
      decoupled_(config.type == "AdamW"),
      names_(std::move(names)),
      parameters_(std::move(parameters)) {
  if (!decoupled_ && config_.type != "Adam") {
    throw ConfigError("optim_g: type: '" + config_.type + "' is not one of Adam, AdamW");
  }
  TORCH_CHECK(names_.size() == parameters_.size() && !parameters_.empty(),
              "one name for each of at least one parameter");
  // preserve_format: a moment whose strides differ from its parameter's would be updated element by
  // element.
  for (at::Tensor& parameter : parameters_) {
    const at::Tensor data = parameter.detach();
    parameter.mutable_grad() = torch::zeros_like(data);
    exp_avgs_.push_back(torch::zeros_like(data));
    exp_avg_sqs_.push_back(torch::zeros_like(data));
    flat_.parameters.push_back(flat(data));
    flat_.gradients.push_back(flat(parameter.grad()));
    flat_.exp_avgs.push_back(flat(exp_avgs_.back()));
    flat_.exp_avg_sqs.push_back(flat(exp_avg_sqs_.back()));
  }
  const auto scalar = torch::dtype(torch::kFloat32).device(parameters_.front().device());
  step_ = torch::zeros({}, scalar);
  one_ = torch::ones({}, scalar);
  // All parameters share one count: the kernels only read it.
  steps_.assign(parameters_.size(), step_);
}

void Adam::zero_grad() {
  const at::NoGradGuard no_grad;
  at::_foreach_zero_(flat_.gradients);
}

void Adam::step(double lr, const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  // A 0-dim tensor, because adding a number would allocate a tensor for it.
  step_.add_(one_).sub_(found_inf);
  const auto update = [&](auto kernel) {
    kernel(flat_.parameters, flat_.gradients, flat_.exp_avgs, flat_.exp_avg_sqs,
           /*max_exp_avg_sqs=*/at::TensorList{}, steps_, lr, config_.beta1, config_.beta2,
           config_.weight_decay, config_.eps,
           /*amsgrad=*/false, /*maximize=*/false, /*grad_scale=*/std::nullopt, found_inf);
  };
  if (decoupled_) {
    update([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
  } else {
    update([](auto&&... arguments) { at::_fused_adam_(arguments...); });
  }
}

std::vector<NamedState> Adam::state() const {
  std::vector<NamedState> result;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    result.push_back({"exp_avg." + names_[i], exp_avgs_[i]});
    result.push_back({"exp_avg_sq." + names_[i], exp_avg_sqs_[i]});
  }
  result.push_back({"step", step_});
  return result;
}

}  // namespace sr
