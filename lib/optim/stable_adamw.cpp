#include "optim/stable_adamw.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {

StableAdamW::StableAdamW(const recipe::StableAdamWOptions& options, double weight_decay,
                         std::vector<std::string> names, std::vector<at::Tensor> parameters)
    : MomentOptimizer({weight_decay, options.weight_decouple}, std::move(names),
                      std::move(parameters)),
      options_(options),
      correction1_(number(std::log(options.betas[0]))),
      correction2_(number(std::log(options.betas[1]))),
      rest1_(number(1 - options.betas[0])),
      rest2_(number(1 - options.betas[1])),
      eps_(factor(options.eps)),
      share1_(factor(0)),
      share2_(factor(0)),
      row_norms_(direction().parts) {
  const auto count = static_cast<std::int64_t>(direction().parts.size());
  shrink_ = at::zeros({count}, gradient().options());
  root_of_counts_ = at::zeros({count}, gradient().options());
  for (std::int64_t i = 0; i < count; ++i) {
    jumps_.push_back(shrink_.select(0, i));
    const std::int64_t elements = direction().parts[static_cast<std::size_t>(i)].numel();
    root_of_counts_.select(0, i).fill_(std::sqrt(static_cast<double>(elements)));
  }
}

void StableAdamW::average_gradient() {
  share1_.copy_(correction1_.at(steps()).reciprocal_().mul_(rest1_));
  share2_.copy_(correction2_.at(steps()).reciprocal_().mul_(rest2_));
  at::sub_out(next(), gradient(), mean());
  next().mul_(share1_).add_(mean());
  keep(mean(), next());
  at::mul_out(next(), gradient(), gradient());
  next().sub_(square()).mul_(share2_).add_(square());
  keep(square(), next());
}

void StableAdamW::measure_jumps() {
  at::sqrt_out(next(), square());
  next().clamp_min_(options_.eps);
  at::div_out(direction().all, gradient(), next());
  row_norms_.run();
  for (std::size_t i = 0; i < jumps_.size(); ++i) {
    at::linalg_vector_norm_out(jumps_[i], row_norms_.of(i), 2);
  }
  shrink_.div_(root_of_counts_).clamp_min_(1).reciprocal_();
}

void StableAdamW::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  decay_gradient();
  average_gradient();
  measure_jumps();
  at::sqrt_out(next(), square());
  next().add_(eps_);
  at::div_out(direction().all, mean(), next());
  decay_direction();
  for (std::size_t i = 0; i < jumps_.size(); ++i) {
    direction().flat[i].mul_(jumps_[i]);
  }
  move_weights(direction(), rate());
}

}  // namespace sr
