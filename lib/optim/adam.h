#pragma once

#include "optim/optimizer.h"
#include "recipe/adam.h"

namespace sr {

/// Adam (Kingma & Ba 2015; weight decay added to the gradient), and with decoupled_weight_decay,
/// where it acts on the weights and not through the moments, AdamW (Loshchilov & Hutter 2019); by
/// LibTorch's fused kernels.
class Adam final : public Optimizer {
 public:
  Adam(const recipe::AdamOptions& options, double weight_decay, std::vector<std::string> names,
       std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;
  /// "exp_avg.<name>", "exp_avg_sq.<name>", "step".
  std::vector<NamedState> state() const override;

 private:
  recipe::AdamOptions options_;
  double weight_decay_;
  std::vector<at::Tensor> exp_avgs_, exp_avg_sqs_;
  struct Flat {
    std::vector<at::Tensor> parameters, gradients, exp_avgs, exp_avg_sqs;
  };
  Flat flat_;                      ///< 1-dim views of the same memory, for the fused kernels
  std::vector<at::Tensor> steps_;  ///< step_ once for each parameter
  at::Tensor step_, one_;
};

}  // namespace sr
