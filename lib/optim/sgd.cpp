#include "optim/sgd.h"

#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {

Sgd::Sgd(const OptimizerConfig& config, std::vector<std::string> names,
         std::vector<at::Tensor> parameters)
    : FlatOptimizer(std::move(names), std::move(parameters)),
      config_(config),
      direction_(make_vector()) {
  if (config_.weight_decay != 0) {
    weights_ = make_vector();
  }
  if (config_.momentum != 0) {
    momentum_buffer_ = add_state("momentum_buffer");
  }
  undampened_ = factor(1);
  dampening_ = number(0);
  first_ = number(0);
}

void Sgd::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  if (config_.weight_decay != 0) {
    read_weights(weights_);
    gradient().add_(weights_.all, config_.weight_decay);
  }
  if (config_.momentum == 0) {
    direction_.all.copy_(gradient());
    move_weights(direction_, rate());
    return;
  }
  // PyTorch starts the buffer with the whole first gradient.
  at::eq_out(first_, steps(), one());
  at::sub_out(dampening_, one(), first_);
  at::add_out(dampening_, one(), dampening_, -config_.dampening);
  undampened_.copy_(dampening_);
  at::mul_out(direction_.all, gradient(), undampened_);
  direction_.all.add_(momentum_buffer_.all, config_.momentum);
  keep(momentum_buffer_.all, direction_.all);
  if (config_.nesterov) {
    at::add_out(direction_.all, gradient(), direction_.all, config_.momentum);
  }
  move_weights(direction_, rate());
}

}  // namespace sr
