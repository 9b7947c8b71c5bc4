#include "train/learning_rate.h"

#include <algorithm>
#include <cmath>

namespace sr {
namespace {

double factor_of(LrScaling scaling, double ratio) {
  switch (scaling) {
    case LrScaling::kNone:
      return 1;
    case LrScaling::kSqrt:
      return std::sqrt(ratio);
    case LrScaling::kLinear:
      return ratio;
  }
  return 1;
}

}  // namespace

double LearningRateRamp::at(std::int64_t step) const {
  const double way =
      std::clamp(static_cast<double>(step - start) / static_cast<double>(kRampSteps), 0.0, 1.0);
  return from + (to - from) * way;
}

LearningRate::LearningRate(const Config& config)
    : length_(config.train),
      generator_(config.train, config.train.optim_g),
      scaling_(config.train.lr_scaling),
      configured_batch_size_(config.train_set.batch_size_per_gpu) {
  if (config.train.optim_d) {
    discriminator_.emplace(config.train, *config.train.optim_d);
  }
}

LearningRates LearningRate::of_step(const RunPoint& at, int batch_size, double factor) {
  const double wanted = factor_of(scaling_, batch_size / configured_batch_size_);
  if (wanted != ramp_.to) {
    ramp_ = {ramp_.at(at.step), wanted, at.step};
  }
  const double common = ramp_.at(at.step) * factor;
  const double position = length_.schedule_position(at);
  return {generator_.at(position) * common,
          discriminator_ ? discriminator_->at(position) * common : 0};
}

bool LearningRate::warming_up(const RunPoint& at) const {
  return generator_.warming_up(length_.schedule_position(at));
}

}  // namespace sr
