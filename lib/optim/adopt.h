#pragma once

#include "optim/moment_optimizer.h"
#include "recipe/optimizers.h"

namespace sr {

/// ADOPT (Taniguchi et al. 2024) as pytorch_optimizer computes it, which traiNNer-redux uses: the
/// gradient is divided by the root of the mean square before this step (at least eps) and clipped
/// to step^0.25, then averaged. The first step only begins the mean square.
class Adopt final : public MomentOptimizer {
 public:
  Adopt(const recipe::AdoptOptions& options, double weight_decay, std::vector<std::string> names,
        std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;

 private:
  void count();

  recipe::AdoptOptions options_;
  at::Tensor later_;                                                    // float64 0-dim
  at::Tensor one_, not_first_, highest_, lowest_, decay2_, of_square_;  // float32 0-dim
};

}  // namespace sr
