#include "optim/adamw_schedule_free.h"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {

AdamWScheduleFree::AdamWScheduleFree(const recipe::AdamWScheduleFreeOptions& options,
                                     double weight_decay, std::vector<std::string> names,
                                     std::vector<at::Tensor> parameters)
    : FlatOptimizer(std::move(names), std::move(parameters)),
      options_(options),
      weight_decay_(weight_decay),
      x_(make_vector()),
      z_(add_state("z")),
      exp_avg_sq_(add_state("exp_avg_sq")),
      next_(make_vector()),
      weights_(make_vector()),
      weight_sum_(add_number("weight_sum", 0)),
      lr_max_(add_number("lr_max", 0)),
      average_({options.warmup_steps, options.r, options.weight_lr_power}, weight_sum_, lr_max_),
      correction_(number(std::log(options.betas[1]))),
      decay2_(factor(options.betas[1])),
      eps_(factor(options.eps)),
      square_(factor(0)) {
  const at::NoGradGuard no_grad;
  read_weights(x_);
  z_.all.copy_(x_.all);
}

void AdamWScheduleFree::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  average_.count(steps(), rate());
  keep(lr_max_, average_.next_lr_max());
  keep(weight_sum_, average_.next_sum());
  square_.copy_(correction_.at(steps()).reciprocal_());
  at::mul_out(next_.all, exp_avg_sq_.all, decay2_);
  next_.all.addcmul_(gradient(), gradient(), 1 - options_.betas[1]);
  keep(exp_avg_sq_.all, next_.all);

  next_.all.mul_(square_).sqrt_().add_(eps_);
  gradient().div_(next_.all);
  read_weights(weights_);
  if (weight_decay_ != 0) {
    gradient().add_(weights_.all, weight_decay_);
  }
  gradient().mul_(average_.warmed_rate());
  at::sub_out(next_.all, z_.all, gradient());
  keep(z_.all, next_.all);

  at::sub_out(next_.all, z_.all, x_.all);
  next_.all.mul_(average_.share());
  next_.all.add_(x_.all);
  keep(x_.all, next_.all);

  at::sub_out(next_.all, x_.all, z_.all);
  at::add_out(next_.all, z_.all, next_.all, options_.betas[0]);
  write_weights(next_, weights_);
}

}  // namespace sr
