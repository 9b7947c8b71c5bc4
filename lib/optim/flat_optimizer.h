#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "optim/flat_vector.h"
#include "optim/optimizer.h"

namespace sr {

/// An optimizer without a fused kernel: the gradients of all parameters, each of its states and its
/// scratch memory are one vector each, so that a step is a few kernels however many parameters
/// there are. What depends on the step count are float64 numbers on the device.
///
/// A step with found_inf = 1 computes values that are not finite and throws them away: keep() and
/// the two ways of writing weights select, they do not multiply with 0.
class FlatOptimizer : public Optimizer {
 public:
  std::vector<NamedState> state() const override;

 protected:
  FlatOptimizer(std::vector<std::string> names, std::vector<at::Tensor> parameters);

  /// Zeros; a state is shown by state() as "<what>.<parameter>".
  FlatVector make_vector() const;
  FlatVector add_state(const std::string& what);
  /// Of some parameters; without tensors when there are none.
  FlatVector make_vector(const std::vector<std::size_t>& which) const;
  FlatVector add_state(const std::string& what, const std::vector<std::size_t>& which);
  /// Shows a tensor as it is.
  void add_state_tensor(std::string name, at::Tensor tensor);
  /// A float64 0-dim that state() shows.
  at::Tensor add_number(const std::string& name, double value);
  at::Tensor number(double value) const;  ///< float64 0-dim
  at::Tensor factor(double value) const;  ///< float32 0-dim, to multiply vectors with

  /// Begins a step: counts it unless found_inf is 1.
  void begin(const at::Tensor& found_inf);
  void read_weights(FlatVector& vector) const;
  /// state := next, unless the step is skipped. Both vectors or both numbers.
  void keep(at::Tensor& state, const at::Tensor& next) const;
  /// parameters -= rate * direction, unless the step is skipped; overwrites `direction`. `rate` is
  /// 0-dim.
  void move_weights(FlatVector& direction, const at::Tensor& rate);
  /// parameters := weights, or `before` when the step is skipped; overwrites `weights`.
  void write_weights(FlatVector& weights, const FlatVector& before);

  at::Tensor& gradient() { return gradient_.all; }
  /// 1-dim views of it, one for each parameter.
  const std::vector<at::Tensor>& gradient_parts() const { return gradient_.flat; }
  /// Float64 0-dim. Counts the current step, too.
  const at::Tensor& steps() const { return steps_; }
  const at::Tensor& one() const { return one_; }  ///< float64 0-dim

 private:
  std::vector<at::Tensor> flat_parameters_;
  FlatVector gradient_;
  std::vector<NamedState> states_, numbers_;
  at::Tensor steps_, applied_, one_, zero_, skipped_, rate_factor_;
};

/// 1 - beta^steps, exact for early steps as well.
class BiasCorrection {
 public:
  BiasCorrection(const at::Tensor& log_beta);
  /// Float64 0-dim, overwritten by the next call.
  at::Tensor& at(const at::Tensor& steps);

 private:
  at::Tensor log_beta_, value_;
};

}  // namespace sr
