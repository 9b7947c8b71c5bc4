#include "optim/adopt.h"

#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {

Adopt::Adopt(const recipe::AdoptOptions& options, double weight_decay,
             std::vector<std::string> names, std::vector<at::Tensor> parameters)
    : MomentOptimizer({weight_decay, options.weight_decouple}, std::move(names),
                      std::move(parameters)),
      options_(options),
      later_(number(0)),
      one_(factor(1)),
      not_first_(factor(0)),
      highest_(factor(0)),
      lowest_(factor(0)),
      decay2_(factor(options.betas[1])),
      of_square_(factor(0)) {}

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
  decay_gradient();
  at::sqrt_out(next(), square());
  next().clamp_min_(options_.eps);
  at::div_out(direction().all, gradient(), next());
  at::minimum_out(direction().all, direction().all, highest_);
  at::maximum_out(direction().all, direction().all, lowest_);
  direction().all.mul_(not_first_);

  at::sub_out(next(), direction().all, mean());
  at::add_out(next(), mean(), next(), 1 - options_.betas[0]);
  keep(mean(), next());

  at::mul_out(direction().all, gradient(), gradient());
  direction().all.mul_(of_square_);
  at::mul_out(next(), square(), decay2_);
  next().add_(direction().all);
  keep(square(), next());

  direction().all.copy_(mean());
  decay_direction();
  move_weights(direction(), rate());
}

}  // namespace sr
