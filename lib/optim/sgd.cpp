#include "optim/sgd.h"

#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace sr {

Sgd::Sgd(const recipe::SgdOptions& options, double weight_decay, std::vector<std::string> names,
         std::vector<at::Tensor> parameters)
    : FlatOptimizer(std::move(names), std::move(parameters)),
      options_(options),
      weight_decay_(weight_decay),
      direction_(make_vector()) {
  if (weight_decay_ != 0) {
    weights_ = make_vector();
  }
  if (options_.momentum != 0) {
    momentum_buffer_ = add_state("momentum_buffer");
  }
  undampened_ = factor(1);
  dampening_ = number(0);
  first_ = number(0);
}

void Sgd::update(const at::Tensor& found_inf) {
  const at::NoGradGuard no_grad;
  begin(found_inf);
  if (weight_decay_ != 0) {
    read_weights(weights_);
    gradient().add_(weights_.all, weight_decay_);
  }
  if (options_.momentum == 0) {
    direction_.all.copy_(gradient());
    move_weights(direction_, rate());
    return;
  }
  // PyTorch starts the buffer with the whole first gradient.
  at::eq_out(first_, steps(), one());
  at::sub_out(dampening_, one(), first_);
  at::add_out(dampening_, one(), dampening_, -options_.dampening);
  undampened_.copy_(dampening_);
  at::mul_out(direction_.all, gradient(), undampened_);
  direction_.all.add_(momentum_buffer_.all, options_.momentum);
  keep(momentum_buffer_.all, direction_.all);
  if (options_.nesterov) {
    at::add_out(direction_.all, gradient(), direction_.all, options_.momentum);
  }
  move_weights(direction_, rate());
}

}  // namespace sr
