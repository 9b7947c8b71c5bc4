#pragma once

#include "optim/adan_direction.h"
#include "optim/schedule_free_average.h"
#include "recipe/optimizers.h"

namespace sr {

/// Adan without a schedule, as traiNNer-redux's AdanScheduleFree computes it. The parameters y,
/// where gradients are taken, move with Adan's direction d and towards z, which moves with d alone;
/// c is ScheduleFreeAverage::share():
///   y := (y + c (z - y)) (1 - lr weight_decay) - lr (1 - c) d
///   z := z - lr d
/// averages() is x = y + (1 - 1 / beta1) (z - y). The warm-up weighs steps in c and leaves lr
/// alone.
class AdanScheduleFree final : public AdanDirection {
 public:
  AdanScheduleFree(const recipe::AdanScheduleFreeOptions& options, double weight_decay,
                   std::vector<std::string> names, std::vector<at::Tensor> parameters);

  void update(const at::Tensor& found_inf) override;
  const std::vector<at::Tensor>& averages() const override { return x_.parts; }

 private:
  double weight_decay_;
  double x_from_y_;  ///< 1 - 1 / beta1
  FlatVector x_;     ///< averages(): a checkpoint has a file of its own for it
  FlatVector z_;     ///< state
  FlatVector weights_, before_, next_;
  at::Tensor weight_sum_, lr_max_;
  ScheduleFreeAverage average_;
  at::Tensor one_, rate_factor_, kept_, rest_;  // float32 0-dim
};

}  // namespace sr
