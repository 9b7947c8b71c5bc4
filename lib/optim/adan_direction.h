#pragma once

#include <array>

#include "optim/flat_optimizer.h"

namespace sr {

/// Adan's direction (Xie et al. 2022) with the decays of the authors' code (a large beta keeps
/// much): means of the gradient (beta1), of its difference to the last one (beta2) and of the
/// square of gradient + beta2 difference (beta3), without their start at 0.
class AdanDirection : public FlatOptimizer {
 protected:
  AdanDirection(const std::array<double, 3>& betas, double eps, std::vector<std::string> names,
                std::vector<at::Tensor> parameters);

  /// Takes the gradient of a step that has begun into the means. What it returns is overwritten by
  /// the next call, and may be overwritten before.
  FlatVector& next_direction();

 private:
  void count();

  std::array<double, 3> betas_;
  FlatVector exp_avg_, exp_avg_diff_, exp_avg_sq_, pre_grad_;  ///< state
  FlatVector next_, direction_;
  BiasCorrection correction1_, correction2_, correction3_;
  at::Tensor later_;                                    // float64 0-dim
  at::Tensor not_first_;                                // float32 0-dim
  at::Tensor decay1_, decay2_, decay3_, beta2_, eps_;   // 0-dim
  at::Tensor of_gradient_, of_difference_, of_square_;  // float32 0-dim
};

}  // namespace sr
