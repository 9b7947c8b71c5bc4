#include "optim/nadam.h"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {
namespace {

constexpr double kMomentumBase = 0.96;  ///< the paper's and PyTorch's

}  // namespace

NAdam::NAdam(const recipe::NAdamOptions& options, double weight_decay,
             std::vector<std::string> names, std::vector<at::Tensor> parameters)
    : MomentOptimizer({weight_decay, options.decoupled_weight_decay}, std::move(names),
                      std::move(parameters)),
      options_(options),
      mu_product_(add_number("mu_product", 1)),
      correction_(number(std::log(options.betas[1]))) {
  beta1_ = number(options_.betas[0]);
  log_decay_ = number(std::log(kMomentumBase) * options_.momentum_decay);
  for (at::Tensor* value : {&mu_, &mu_next_, &product_, &rest_}) {
    *value = number(0);
  }
  for (at::Tensor* value : {&correction2_, &of_gradient_, &of_momentum_}) {
    *value = factor(0);
  }
  decay1_ = factor(options_.betas[0]);
  decay2_ = factor(options_.betas[1]);
  eps_ = factor(options_.eps);
}

void NAdam::momentum_at(at::Tensor& out, const at::Tensor& steps) const {
  out.copy_(steps).mul_(log_decay_).exp_();
  at::add_out(out, beta1_, out, -0.5 * options_.betas[0]);
}

void NAdam::count() {
  momentum_at(mu_, steps());
  at::add_out(rest_, steps(), one());
  momentum_at(mu_next_, rest_);
  at::mul_out(product_, mu_product_, mu_);
  keep(mu_product_, product_);
  // (1 - mu) / (1 - product) and mu_next / (1 - product mu_next)
  at::sub_out(mu_, one(), mu_);
  at::sub_out(rest_, one(), product_);
  of_gradient_.copy_(mu_.div_(rest_));
  at::sub_out(rest_, one(), product_.mul_(mu_next_));
  of_momentum_.copy_(mu_next_.div_(rest_));
  correction2_.copy_(correction_.at(steps()).reciprocal_());
}

void NAdam::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  count();
  decay_gradient();
  at::mul_out(direction().all, mean(), decay1_);
  direction().all.add_(gradient(), 1 - options_.betas[0]);
  keep(mean(), direction().all);
  at::mul_out(next(), square(), decay2_);
  next().addcmul_(gradient(), gradient(), 1 - options_.betas[1]);
  keep(square(), next());

  next().mul_(correction2_).sqrt_().add_(eps_);
  direction().all.mul_(of_momentum_).addcmul_(gradient(), of_gradient_).div_(next());
  decay_direction();
  move_weights(direction(), rate());
}

}  // namespace sr
