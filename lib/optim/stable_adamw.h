#pragma once

#include <vector>

#include "optim/moment_optimizer.h"
#include "optim/row_norms.h"
#include "recipe/optimizers.h"

namespace sr {

/// StableAdamW (Wortsman et al. 2023) as pytorch_optimizer computes it, which traiNNer-redux uses:
/// AdamW whose learning rate for a parameter is divided by the root of the mean of
/// g^2 / max(v, eps^2) over its elements, where that is more than 1. Means are corrected by their
/// decay, beta (1 - beta^(step - 1)) / (1 - beta^step), instead of afterwards.
class StableAdamW final : public MomentOptimizer {
 public:
  StableAdamW(const recipe::StableAdamWOptions& options, double weight_decay,
              std::vector<std::string> names, std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;

 private:
  void average_gradient();
  /// shrink_ := what divides the learning rate of each parameter, inverted.
  void measure_jumps();

  recipe::StableAdamWOptions options_;
  BiasCorrection correction1_, correction2_;
  at::Tensor rest1_, rest2_;          // float64 0-dim, 1 - beta
  at::Tensor eps_, share1_, share2_;  // float32 0-dim; shares of gradient and square in their means
  RowNorms row_norms_;                // of direction()
  at::Tensor shrink_, root_of_counts_;  // [parameters]
  std::vector<at::Tensor> jumps_;       // 0-dim, elements of shrink_
};

}  // namespace sr
