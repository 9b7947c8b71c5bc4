#include "optim/flat_optimizer.h"

#include <utility>

#include <ATen/ATen.h>

namespace sr {

FlatOptimizer::FlatOptimizer(std::vector<std::string> names, std::vector<at::Tensor> parameters)
    : Optimizer(std::move(names), std::move(parameters)), gradient_(make_vector()) {
  for (std::size_t i = 0; i < this->parameters().size(); ++i) {
    const at::Tensor& parameter = this->parameters()[i];
    parameter.mutable_grad() = gradient_.parts[i];
    flat_parameters_.push_back(flat_view(parameter));
  }
  set_flat_gradients({gradient_.all});
  steps_ = add_number("step", 0);
  applied_ = number(0);
  one_ = number(1);
  zero_ = factor(0);
  rate_factor_ = factor(0);
  skipped_ = at::zeros({}, gradient_.all.options().dtype(at::kBool));
}

FlatVector FlatOptimizer::make_vector() const {
  return make_flat_vector(parameters());
}

FlatVector FlatOptimizer::add_state(const std::string& what) {
  FlatVector vector = make_vector();
  for (std::size_t i = 0; i < names().size(); ++i) {
    states_.push_back({what + "." + names()[i], vector.parts[i]});
  }
  return vector;
}

FlatVector FlatOptimizer::make_vector(const std::vector<std::size_t>& which) const {
  std::vector<at::Tensor> some;
  for (const std::size_t i : which) {
    some.push_back(parameters()[i]);
  }
  return some.empty() ? FlatVector{} : make_flat_vector(some);
}

FlatVector FlatOptimizer::add_state(const std::string& what,
                                    const std::vector<std::size_t>& which) {
  FlatVector vector = make_vector(which);
  for (std::size_t i = 0; i < which.size(); ++i) {
    states_.push_back({what + "." + names()[which[i]], vector.parts[i]});
  }
  return vector;
}

void FlatOptimizer::add_state_tensor(std::string name, at::Tensor tensor) {
  states_.push_back({std::move(name), std::move(tensor)});
}

at::Tensor FlatOptimizer::add_number(const std::string& name, double value) {
  numbers_.push_back({name, number(value)});
  return numbers_.back().tensor;
}

at::Tensor FlatOptimizer::number(double value) const {
  return at::full({}, value, gradient_.all.options().dtype(at::kDouble));
}

at::Tensor FlatOptimizer::factor(double value) const {
  return at::full({}, value, gradient_.all.options());
}

void FlatOptimizer::begin(const at::Tensor& found_inf) {
  skipped_.copy_(found_inf);
  applied_.copy_(found_inf);
  steps_.add_(one_).sub_(applied_);
}

void FlatOptimizer::read_weights(FlatVector& vector) const {
  at::_foreach_copy_(vector.flat, flat_parameters_);
}

void FlatOptimizer::keep(at::Tensor& state, const at::Tensor& next) const {
  at::where_out(state, skipped_, state, next);
}

// x - 0 is x to the bit, -0 included.
void FlatOptimizer::move_weights(FlatVector& direction, const at::Tensor& rate) {
  rate_factor_.copy_(rate);
  direction.all.mul_(rate_factor_);
  at::where_out(direction.all, skipped_, zero_, direction.all);
  at::_foreach_sub_(flat_parameters_, direction.flat);
}

void FlatOptimizer::write_weights(FlatVector& weights, const FlatVector& before) {
  at::where_out(weights.all, skipped_, before.all, weights.all);
  at::_foreach_copy_(flat_parameters_, weights.flat);
}

std::vector<NamedState> FlatOptimizer::state() const {
  std::vector<NamedState> result = states_;
  result.insert(result.end(), numbers_.begin(), numbers_.end());
  return result;
}

BiasCorrection::BiasCorrection(const at::Tensor& log_beta)
    : log_beta_(log_beta), value_(log_beta.clone()) {}

at::Tensor& BiasCorrection::at(const at::Tensor& steps) {
  return value_.copy_(steps).mul_(log_beta_).expm1_().neg_();
}

}  // namespace sr
