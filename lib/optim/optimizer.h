#pragma once

#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "config/config.h"

namespace sr {

struct NamedState {
  std::string name;
  at::Tensor tensor;
};

/// The update rule of one network. All state and all gradients are allocated at construction:
/// step() and zero_grad() allocate nothing, read nothing back to the host and cannot fail. What
/// cannot be done so is done by prepare().
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void zero_grad();
  /// Once before the gradients of each step are computed; may be called again when that fails. May
  /// allocate, run out of memory and read from the device; then state is as it was, else as the
  /// next update needs it. Calling it again changes nothing more.
  virtual void prepare() {}
  /// The learning rate of the updates from now on.
  void set_rate(double lr);
  /// One update with the gradients in place, which it may change. `found_inf` (float32 0-dim on the
  /// device, 1 = gradients not finite) leaves every bit of weights, state and step counts as it is.
  /// What it queues on a device is the same at every step, so that a recording of it can be
  /// repeated.
  virtual void update(const at::Tensor& found_inf) = 0;
  void step(double lr, const at::Tensor& found_inf) {
    set_rate(lr);
    update(found_inf);
  }

  /// What a checkpoint holds beside weights and averages: "<what>.<parameter>", "step" ...
  virtual std::vector<NamedState> state() const = 0;
  /// The weights to validate and to keep, in the order of the parameters, of an optimizer that
  /// keeps an average of its own (OptimizerConfig::keeps_own_average); empty for the others.
  virtual const std::vector<at::Tensor>& averages() const;
  const std::vector<at::Tensor>& parameters() const { return parameters_; }

 protected:
  /// Parameters: float32 leaves in their final memory format and on one device. The one who derives
  /// gives each a zero gradient that stays in place for good and tells its flat view.
  Optimizer(std::vector<std::string> names, std::vector<at::Tensor> parameters);
  void set_flat_gradients(std::vector<at::Tensor> gradients);
  const std::vector<std::string>& names() const { return names_; }
  /// 0-dim on the device; in the type of the fused kernels: float64 on the CPU, float32 on CUDA.
  const at::Tensor& rate() const { return rate_; }

 private:
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> flat_gradients_;
  at::Tensor rate_;
};

/// Names and parameters as for the constructor of Optimizer.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config,
                                          std::vector<std::string> names,
                                          std::vector<at::Tensor> parameters);

}  // namespace sr
