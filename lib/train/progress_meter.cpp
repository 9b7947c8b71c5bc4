#include "train/progress_meter.h"

#include <algorithm>

namespace sr {

void ProgressMeter::add(double step_ms, double data_wait_ms, double memory_usage) {
  ++steps_;
  ++all_steps_;
  step_ms_ += step_ms;
  all_ms_ += step_ms;
  data_wait_ms_ += data_wait_ms;
  all_wait_ms_ += data_wait_ms;
  data_wait_max_ms_ = std::max(data_wait_max_ms_, data_wait_ms);
  memory_usage_ = std::max(memory_usage_, memory_usage);
  const double weight = 1.0 / static_cast<double>(std::min<std::int64_t>(++recent_steps_, 50));
  recent_ms_ += weight * (step_ms - recent_ms_);
}

void ProgressMeter::take(ProgressEvent& event) {
  const double steps = static_cast<double>(std::max<std::int64_t>(1, steps_));
  event.step_ms = step_ms_ / steps;
  event.data_wait_ms = data_wait_ms_ / steps;
  event.data_wait_max_ms = data_wait_max_ms_;
  event.memory_usage = memory_usage_;
  steps_ = 0;
  step_ms_ = data_wait_ms_ = data_wait_max_ms_ = memory_usage_ = 0;
}

double ProgressMeter::steps_per_s() const {
  return all_ms_ > 0 ? 1000.0 * static_cast<double>(all_steps_) / all_ms_ : 0;
}

}  // namespace sr
