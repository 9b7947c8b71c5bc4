#include "optim/adan_direction.h"

#include <cmath>
#include <utility>

#include <ATen/ATen.h>

namespace sr {

AdanDirection::AdanDirection(const std::array<double, 3>& betas, double eps,
                             std::vector<std::string> names, std::vector<at::Tensor> parameters)
    : FlatOptimizer(std::move(names), std::move(parameters)),
      betas_(betas),
      exp_avg_(add_state("exp_avg")),
      exp_avg_diff_(add_state("exp_avg_diff")),
      exp_avg_sq_(add_state("exp_avg_sq")),
      pre_grad_(add_state("pre_grad")),
      next_(make_vector()),
      direction_(make_vector()),
      correction1_(number(std::log(betas[0]))),
      correction2_(number(std::log(betas[1]))),
      correction3_(number(std::log(betas[2]))),
      later_(number(0)),
      not_first_(factor(0)),
      decay1_(factor(betas[0])),
      decay2_(factor(betas[1])),
      decay3_(factor(betas[2])),
      beta2_(number(betas[1])),
      eps_(factor(eps)),
      of_gradient_(factor(0)),
      of_difference_(factor(0)),
      of_square_(factor(0)) {}

void AdanDirection::count() {
  at::gt_out(later_, steps(), one());
  not_first_.copy_(later_);
  of_gradient_.copy_(correction1_.at(steps()).reciprocal_());
  of_difference_.copy_(correction2_.at(steps()).reciprocal_().mul_(beta2_));
  of_square_.copy_(correction3_.at(steps()).reciprocal_());
}

FlatVector& AdanDirection::next_direction() {
  count();
  at::mul_out(next_.all, exp_avg_.all, decay1_);
  next_.all.add_(gradient(), 1 - betas_[0]);
  keep(exp_avg_.all, next_.all);

  at::Tensor& difference = direction_.all;
  at::sub_out(difference, gradient(), pre_grad_.all);
  difference.mul_(not_first_);
  at::mul_out(next_.all, exp_avg_diff_.all, decay2_);
  next_.all.add_(difference, 1 - betas_[1]);
  keep(exp_avg_diff_.all, next_.all);

  at::add_out(difference, gradient(), difference, betas_[1]);
  at::mul_out(next_.all, exp_avg_sq_.all, decay3_);
  next_.all.addcmul_(difference, difference, 1 - betas_[2]);
  keep(exp_avg_sq_.all, next_.all);
  keep(pre_grad_.all, gradient());

  next_.all.mul_(of_square_).sqrt_().add_(eps_);
  at::mul_out(direction_.all, exp_avg_.all, of_gradient_);
  direction_.all.addcmul_(exp_avg_diff_.all, of_difference_).div_(next_.all);
  return direction_;
}

}  // namespace sr
