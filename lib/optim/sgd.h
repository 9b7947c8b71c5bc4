#pragma once

#include "optim/flat_optimizer.h"
#include "recipe/optimizers.h"

namespace sr {

/// torch.optim.SGD: weight decay added to the gradient, momentum with dampening or Nesterov's.
class Sgd final : public FlatOptimizer {
 public:
  Sgd(const recipe::SgdOptions& options, double weight_decay, std::vector<std::string> names,
      std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;

 private:
  recipe::SgdOptions options_;
  double weight_decay_;
  FlatVector direction_;
  FlatVector momentum_buffer_;  ///< state, with momentum only
  FlatVector weights_;          ///< with weight decay only
  at::Tensor undampened_, dampening_, first_;
};

}  // namespace sr
