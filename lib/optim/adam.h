#pragma once

#include "optim/optimizer.h"

namespace sr {

/// Adam (Kingma & Ba 2015; weight decay added to the gradient, or apart from it with
/// decoupled_weight_decay) and AdamW (Loshchilov & Hutter 2019), by LibTorch's fused kernels.
class Adam final : public Optimizer {
 public:
  Adam(const OptimizerConfig& config, std::vector<std::string> names,
       std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;
  /// "exp_avg.<name>", "exp_avg_sq.<name>", "step".
  std::vector<NamedState> state() const override;

 private:
  OptimizerConfig config_;
  bool decoupled_;  ///< AdamW: decay acts on the weights, not through the moments
  std::vector<at::Tensor> exp_avgs_, exp_avg_sqs_;
  struct Flat {
    std::vector<at::Tensor> parameters, gradients, exp_avgs, exp_avg_sqs;
  };
  Flat flat_;                      ///< 1-dim views of the same memory, for the fused kernels
  std::vector<at::Tensor> steps_;  ///< step_ once for each parameter
  at::Tensor step_, one_;
};

}  // namespace sr
