#pragma once

#include "optim/moment_optimizer.h"
#include "recipe/adam.h"

namespace sr {

/// NAdam (Dozat 2016) as torch.optim.NAdam computes it: Adam with Nesterov's momentum, whose decay
/// mu grows with the step t, mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2).
class NAdam final : public MomentOptimizer {
 public:
  NAdam(const recipe::NAdamOptions& options, double weight_decay, std::vector<std::string> names,
        std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;

 private:
  void count();
  /// `out` := mu of step count `steps`.
  void momentum_at(at::Tensor& out, const at::Tensor& steps) const;

  recipe::NAdamOptions options_;
  at::Tensor mu_product_;
  BiasCorrection correction_;
  at::Tensor beta1_, log_decay_, mu_, mu_next_, product_, rest_;                // float64 0-dim
  at::Tensor decay1_, decay2_, correction2_, of_gradient_, of_momentum_, eps_;  // float32 0-dim
};

}  // namespace sr
