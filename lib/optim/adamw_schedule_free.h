#pragma once

#include "optim/flat_optimizer.h"
#include "optim/schedule_free_average.h"
#include "recipe/optimizers.h"

namespace sr {

/// AdamW without a schedule (Defazio et al. 2024, as the authors' package computes it). AdamW makes
/// steps from z, x averages all z so far, and the gradient is taken at y = z + beta1 (x - z). The
/// parameters are y; averages() is x, which is what a decaying learning rate would end at.
class AdamWScheduleFree final : public FlatOptimizer {
 public:
  AdamWScheduleFree(const recipe::AdamWScheduleFreeOptions& options, double weight_decay,
                    std::vector<std::string> names, std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;
  const std::vector<at::Tensor>& averages() const override { return x_.parts; }

 private:
  recipe::AdamWScheduleFreeOptions options_;
  double weight_decay_;
  FlatVector x_;               ///< averages(): a checkpoint has a file of its own for it
  FlatVector z_, exp_avg_sq_;  ///< state
  FlatVector next_, weights_;
  at::Tensor weight_sum_, lr_max_;
  ScheduleFreeAverage average_;
  BiasCorrection correction_;
  at::Tensor decay2_, eps_, square_;  // float32 0-dim
};

}  // namespace sr
