#include "optim/adamw_schedule_free.h"

#include <algorithm>
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
      correction_(number(std::log(options.betas[1]))),
      inverse_warmup_(
          number(1.0 / static_cast<double>(std::max<std::int64_t>(options.warmup_steps, 1)))),
      lr_(number(0)),
      weight_(number(0)),
      sum_(number(0)),
      decay2_(factor(options.betas[1])),
      eps_(factor(options.eps)),
      rate_(factor(0)),
      share_(factor(0)),
      square_(factor(0)) {
  const at::NoGradGuard no_grad;
  read_weights(x_);
  z_.all.copy_(x_.all);
}

void AdamWScheduleFree::count() {
  weight_.copy_(steps()).mul_(inverse_warmup_).clamp_max_(1);
  lr_.copy_(rate()).mul_(weight_);
  rate_.copy_(lr_);
  at::maximum_out(lr_, lr_, lr_max_);
  keep(lr_max_, lr_);
  // steps^r lr_max^weight_lr_power
  weight_.copy_(steps()).pow_(options_.r).mul_(lr_.pow_(options_.weight_lr_power));
  at::add_out(sum_, weight_sum_, weight_);
  keep(weight_sum_, sum_);
  share_.copy_(weight_.div_(sum_).nan_to_num_(0));  // 0 / 0 while the rate is 0
  square_.copy_(correction_.at(steps()).reciprocal_());
}

void AdamWScheduleFree::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  count();
  at::mul_out(next_.all, exp_avg_sq_.all, decay2_);
  next_.all.addcmul_(gradient(), gradient(), 1 - options_.betas[1]);
  keep(exp_avg_sq_.all, next_.all);

  next_.all.mul_(square_).sqrt_().add_(eps_);
  gradient().div_(next_.all);
  read_weights(weights_);
  if (weight_decay_ != 0) {
    gradient().add_(weights_.all, weight_decay_);
  }
  gradient().mul_(rate_);
  at::sub_out(next_.all, z_.all, gradient());
  keep(z_.all, next_.all);

  at::sub_out(next_.all, z_.all, x_.all);
  next_.all.mul_(share_);
  next_.all.add_(x_.all);
  keep(x_.all, next_.all);

  at::sub_out(next_.all, x_.all, z_.all);
  at::add_out(next_.all, z_.all, next_.all, options_.betas[0]);
  write_weights(next_, weights_);
}

}  // namespace sr
