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

/// Adam (Kingma & Ba 2015; weight decay added to the gradient) and AdamW (Loshchilov & Hutter
/// 2019), in place, with all state and all gradients allocated at construction: step() allocates
/// nothing and cannot fail.
class Adam {
 public:
  /// Parameters must be leaves in their final memory format and device; each gets a zero gradient
  /// that stays in place for good (zero_grad() clears it, backward adds to it). Throws ConfigError
  /// when the type is neither of the two.
  Adam(const OptimizerConfig& config, std::vector<std::string> names,
       std::vector<at::Tensor> parameters);

  void zero_grad();
  /// One update with the gradients in place. `found_inf` (float32 0-dim on the device, 1 =
  /// gradients not finite) makes it a no-op for moments, step count and weights. Nothing is read
  /// back to the host.
  void step(double lr, const at::Tensor& found_inf);

  /// Moments and step counts for the checkpoint: "exp_avg.<name>", "exp_avg_sq.<name>", "step".
  std::vector<NamedState> state() const;
  const std::vector<at::Tensor>& parameters() const { return parameters_; }

 private:
  OptimizerConfig config_;
  bool decoupled_;  ///< AdamW: decay acts on the weights, not through the moments
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_, exp_avgs_, exp_avg_sqs_;
  struct Flat {
    std::vector<at::Tensor> parameters, gradients, exp_avgs, exp_avg_sqs;
  };
  Flat flat_;                      ///< 1-dim views of the same memory, for the fused kernels
  std::vector<at::Tensor> steps_;  ///< step_ once for each parameter
  at::Tensor step_, one_;
};

}  // namespace sr
