#include "optim/adopt.h"

#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {

Adopt::Adopt(const recipe::AdoptOptions& options, double weight_decay,
             std::vector<std::string> names, std::vector<at::Tensor> parameters)
    : FlatOptimizer(std::move(names), std::move(parameters)),
      options_(options),
      weight_decay_(weight_decay),
      exp_avg_(add_state("exp_avg")),
      exp_avg_sq_(add_state("exp_avg_sq")),
      next_(make_vector()),
      direction_(make_vector()),
      later_(number(0)),
      one_(factor(1)),
      not_first_(factor(0)),
      highest_(factor(0)),
      lowest_(factor(0)),
      decay2_(factor(options.betas[1])),
      of_square_(factor(0)) {
  if (weight_decay_ != 0) {
    weights_ = make_vector();
  }
}

void Adopt::count() {
  at::gt_out(later_, steps(), one());
  not_first_.copy_(later_);
  highest_.copy_(steps()).pow_(0.25);
  lowest_.copy_(highest_).neg_();
  at::add_out(of_square_, one_, not_first_, -options_.betas[1]);  // all of the first square
}

void Adopt::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  count();
  if (weight_decay_ != 0) {
    read_weights(weights_);
    if (!options_.weight_decouple) {
      gradient().add_(weights_.all, weight_decay_);
    }
  }
  at::sqrt_out(next_.all, exp_avg_sq_.all);
  next_.all.clamp_min_(options_.eps);
  at::div_out(direction_.all, gradient(), next_.all);
  at::minimum_out(direction_.all, direction_.all, highest_);
  at::maximum_out(direction_.all, direction_.all, lowest_);
  direction_.all.mul_(not_first_);

  at::sub_out(next_.all, direction_.all, exp_avg_.all);
  at::add_out(next_.all, exp_avg_.all, next_.all, 1 - options_.betas[0]);
  keep(exp_avg_.all, next_.all);

  at::mul_out(direction_.all, gradient(), gradient());
  direction_.all.mul_(of_square_);
  at::mul_out(next_.all, exp_avg_sq_.all, decay2_);
  next_.all.add_(direction_.all);
  keep(exp_avg_sq_.all, next_.all);

  direction_.all.copy_(exp_avg_.all);
  if (weight_decay_ != 0 && options_.weight_decouple) {
    direction_.all.add_(weights_.all, weight_decay_);
  }
  move_weights(direction_, rate());
}

}  // namespace sr
