#include "optim/schedule_free_average.h"

#include <algorithm>

#include <ATen/ATen.h>

namespace sr {

ScheduleFreeAverage::ScheduleFreeAverage(const Weights& weights, const at::Tensor& weight_sum,
                                         const at::Tensor& lr_max)
    : weights_(weights), weight_sum_(weight_sum), lr_max_(lr_max) {
  const double warmup = static_cast<double>(std::max<std::int64_t>(weights.warmup_steps, 1));
  inverse_warmup_ = at::full_like(weight_sum, 1 / warmup);
  for (at::Tensor* value : {&largest_, &weight_, &sum_}) {
    *value = at::zeros_like(weight_sum);
  }
  for (at::Tensor* value : {&share_, &warmed_}) {
    *value = at::zeros({}, weight_sum.options().dtype(at::kFloat));
  }
}

void ScheduleFreeAverage::count(const at::Tensor& steps, const at::Tensor& rate) {
  weight_.copy_(steps).mul_(inverse_warmup_).clamp_max_(1);
  largest_.copy_(rate).mul_(weight_);
  warmed_.copy_(largest_);
  at::maximum_out(largest_, largest_, lr_max_);
  sum_.copy_(largest_).pow_(weights_.lr_power);
  weight_.copy_(steps).pow_(weights_.r).mul_(sum_);
  at::add_out(sum_, weight_sum_, weight_);
  share_.copy_(weight_.div_(sum_).nan_to_num_(0));  // 0 / 0 while the rate is 0
}

}  // namespace sr
