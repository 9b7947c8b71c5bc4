#include "optim/adan.h"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {

Adan::Adan(const recipe::AdanOptions& options, double weight_decay, std::vector<std::string> names,
           std::vector<at::Tensor> parameters)
    : FlatOptimizer(std::move(names), std::move(parameters)),
      options_(options),
      weight_decay_(weight_decay),
      exp_avg_(add_state("exp_avg")),
      exp_avg_diff_(add_state("exp_avg_diff")),
      exp_avg_sq_(add_state("exp_avg_sq")),
      pre_grad_(add_state("pre_grad")),
      next_(make_vector()),
      direction_(make_vector()),
      correction1_(number(std::log(options.betas[0]))),
      correction2_(number(std::log(options.betas[1]))),
      correction3_(number(std::log(options.betas[2]))),
      later_(number(0)),
      shrink_(number(0)),
      shrunk_rate_(number(0)),
      not_first_(factor(0)),
      decay1_(factor(options.betas[0])),
      decay2_(factor(options.betas[1])),
      decay3_(factor(options.betas[2])),
      beta2_(number(options.betas[1])),
      eps_(factor(options.eps)),
      of_gradient_(factor(0)),
      of_difference_(factor(0)),
      of_square_(factor(0)) {
  if (weight_decay_ != 0) {
    weights_ = make_vector();
  }
}

void Adan::count() {
  at::gt_out(later_, steps(), one());
  not_first_.copy_(later_);
  of_gradient_.copy_(correction1_.at(steps()).reciprocal_());
  of_difference_.copy_(correction2_.at(steps()).reciprocal_().mul_(beta2_));
  of_square_.copy_(correction3_.at(steps()).reciprocal_());
}

void Adan::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  count();
  at::mul_out(next_.all, exp_avg_.all, decay1_);
  next_.all.add_(gradient(), 1 - options_.betas[0]);
  keep(exp_avg_.all, next_.all);

  at::Tensor& difference = direction_.all;
  at::sub_out(difference, gradient(), pre_grad_.all);
  difference.mul_(not_first_);
  at::mul_out(next_.all, exp_avg_diff_.all, decay2_);
  next_.all.add_(difference, 1 - options_.betas[1]);
  keep(exp_avg_diff_.all, next_.all);

  at::add_out(difference, gradient(), difference, options_.betas[1]);
  at::mul_out(next_.all, exp_avg_sq_.all, decay3_);
  next_.all.addcmul_(difference, difference, 1 - options_.betas[2]);
  keep(exp_avg_sq_.all, next_.all);
  keep(pre_grad_.all, gradient());

  next_.all.mul_(of_square_).sqrt_().add_(eps_);
  at::mul_out(direction_.all, exp_avg_.all, of_gradient_);
  direction_.all.addcmul_(exp_avg_diff_.all, of_difference_).div_(next_.all);
  const double decay = weight_decay_;
  if (decay != 0) {
    read_weights(weights_);
    direction_.all.add_(weights_.all, decay);
  }
  if (options_.no_prox || decay == 0) {
    move_weights(direction_, rate());
    return;
  }
  // (w - lr d) / (1 + lr decay) = w - lr / (1 + lr decay) (d + decay w)
  shrink_.copy_(rate());
  at::add_out(shrunk_rate_, one(), shrink_, decay);
  at::div_out(shrunk_rate_, shrink_, shrunk_rate_);
  move_weights(direction_, shrunk_rate_);
}

}  // namespace sr
