#pragma once

#include "optim/moment_optimizer.h"
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
  /// Of one parameter. Rows of the weight first, as GradientGuard does: reducing a large tensor to
  /// one number makes LibTorch allocate.
  struct Jump {
    at::Tensor values;  ///< at least 2-dim view of direction()
    at::Tensor rows;    ///< norms of its rows, a slice of row_norms_
    at::Tensor norm;    ///< 0-dim, an element of shrink_
  };

  void average_gradient();
  /// shrink_ := what divides the learning rate of each parameter, inverted.
  void measure_jumps();

  recipe::StableAdamWOptions options_;
  BiasCorrection correction1_, correction2_;
  at::Tensor rest1_, rest2_;          // float64 0-dim, 1 - beta
  at::Tensor eps_, share1_, share2_;  // float32 0-dim; shares of gradient and square in their means
  at::Tensor row_norms_;
  at::Tensor shrink_, root_of_counts_;  // [parameters]
  std::vector<Jump> jumps_;
};

}  // namespace sr
