#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// The share of a step in the average of a schedule-free optimizer (Defazio et al. 2024): its part
/// of the sum of steps^r lr_max^weight_lr_power so far, where lr_max is the largest of
/// lr min(1, steps / warmup_steps). All tensors are 0-dim on the optimizer's device.
class ScheduleFreeAverage {
 public:
  struct Weights {
    std::int64_t warmup_steps = 0;
    double r = 0;
    double lr_power = 2;
  };
  /// `weight_sum` and `lr_max`, float64, are the state, which count() leaves alone.
  ScheduleFreeAverage(const Weights& weights, const at::Tensor& weight_sum,
                      const at::Tensor& lr_max);

  /// Of the step that `steps` counts, with the learning rate `rate`.
  void count(const at::Tensor& steps, const at::Tensor& rate);

  const at::Tensor& share() const { return share_; }         ///< float32; 0 while the rate is 0
  const at::Tensor& warmed_rate() const { return warmed_; }  ///< float32
  const at::Tensor& next_sum() const { return sum_; }        ///< float64, weight_sum after the step
  const at::Tensor& next_lr_max() const { return largest_; }  ///< float64, lr_max after the step

 private:
  Weights weights_;
  at::Tensor weight_sum_, lr_max_;
  at::Tensor inverse_warmup_, largest_, weight_, sum_;  // float64
  at::Tensor share_, warmed_;                           // float32
};

}  // namespace sr
