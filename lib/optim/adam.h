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

/// Adam (Kingma & Ba 2015; weight decay added to the gradient) and AdamW (Loshchilov & Hutter 2019), in place, with
/// all state and all gradients allocated at construction: step() allocates nothing and cannot fail.
class Adam {
 public:
  /// Parameters must be leaves in their final memory format and device; gets zero gradients for each.
  Adam(const OptimizerConfig& config, std::vector<std::string> names, std::vector<at::Tensor> parameters);

  void zero_grad();
  /// One update with the gradients in place. `found_inf` (float32 0-dim on the device, 1 = gradients not finite) makes
  /// it a no-op for moments, step count and weights.
  void step(double lr, const at::Tensor& found_inf);

  /// Moments and step counts for the checkpoint: "exp_avg.<name>", "exp_avg_sq.<name>", "step".
  std::vector<NamedState> state() const;
  const std::vector<at::Tensor>& parameters() const { return parameters_; }

 private:
  OptimizerConfig config_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_, gradients_, exp_avgs_, exp_avg_sqs_, steps_;
  at::Tensor step_;
};

}  // namespace sr
