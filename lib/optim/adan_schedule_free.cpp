#include "optim/adan_schedule_free.h"

#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {

AdanScheduleFree::AdanScheduleFree(const recipe::AdanScheduleFreeOptions& options,
                                   double weight_decay, std::vector<std::string> names,
                                   std::vector<at::Tensor> parameters)
    : AdanDirection(options.betas, options.eps, std::move(names), std::move(parameters)),
      weight_decay_(weight_decay),
      x_from_y_(options.betas[0] > 0 ? 1 - 1 / options.betas[0] : 0),
      x_(make_vector()),
      z_(add_state("z")),
      weights_(make_vector()),
      before_(make_vector()),
      next_(make_vector()),
      weight_sum_(add_number("weight_sum", 0)),
      lr_max_(add_number("lr_max", 0)),
      average_({options.warmup_steps, options.r, options.weight_lr_power}, weight_sum_, lr_max_),
      one_(factor(1)),
      rate_factor_(factor(0)),
      kept_(factor(0)),
      rest_(factor(0)) {
  const at::NoGradGuard no_grad;
  read_weights(x_);
  z_.all.copy_(x_.all);
}

void AdanScheduleFree::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  average_.count(steps(), rate());
  keep(lr_max_, average_.next_lr_max());
  keep(weight_sum_, average_.next_sum());
  FlatVector& direction = next_direction();
  rate_factor_.copy_(rate());
  direction.all.mul_(rate_factor_);

  read_weights(before_);
  at::sub_out(weights_.all, z_.all, before_.all);
  weights_.all.mul_(average_.share()).add_(before_.all);
  at::add_out(kept_, one_, rate_factor_, -weight_decay_);
  weights_.all.mul_(kept_);
  at::sub_out(rest_, one_, average_.share());
  at::mul_out(next_.all, direction.all, rest_);
  weights_.all.sub_(next_.all);

  at::sub_out(next_.all, z_.all, direction.all);
  keep(z_.all, next_.all);
  at::sub_out(next_.all, z_.all, weights_.all);
  at::add_out(next_.all, weights_.all, next_.all, x_from_y_);
  keep(x_.all, next_.all);
  write_weights(weights_, before_);
}

}  // namespace sr
