#pragma once

#include "optim/adan_direction.h"
#include "recipe/optimizers.h"

namespace sr {

/// Adan (Xie et al. 2022). The weight decay divides the weights by 1 + lr weight_decay after the
/// update; with no_prox it multiplies them with 1 - lr weight_decay before.
class Adan final : public AdanDirection {
 public:
  Adan(const recipe::AdanOptions& options, double weight_decay, std::vector<std::string> names,
       std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;

 private:
  bool no_prox_;
  double weight_decay_;
  FlatVector weights_;               // with weight decay only
  at::Tensor shrink_, shrunk_rate_;  // float64 0-dim
};

}  // namespace sr
