#pragma once

#include "optim/flat_optimizer.h"
#include "recipe/optimizers.h"

namespace sr {

/// Adan (Xie et al. 2022) with the decays of the authors' code (a large beta keeps much): means of
/// the gradient (beta1), of its difference to the last one (beta2) and of the square of gradient +
/// beta2 difference (beta3). The weight decay divides the weights by 1 + lr weight_decay after the
/// update; with no_prox it multiplies them with 1 - lr weight_decay before.
class Adan final : public FlatOptimizer {
 public:
  Adan(const recipe::AdanOptions& options, double weight_decay, std::vector<std::string> names,
       std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;

 private:
  void count();

  recipe::AdanOptions options_;
  double weight_decay_;
  FlatVector exp_avg_, exp_avg_diff_, exp_avg_sq_, pre_grad_;  ///< state
  FlatVector next_, direction_;
  FlatVector weights_;  ///< with weight decay only
  BiasCorrection correction1_, correction2_, correction3_;
  at::Tensor later_, shrink_, shrunk_rate_;             // float64 0-dim
  at::Tensor not_first_;                                // float32 0-dim
  at::Tensor decay1_, decay2_, decay3_, beta2_, eps_;   // float32 0-dim
  at::Tensor of_gradient_, of_difference_, of_square_;  // float32 0-dim
};

}  // namespace sr
