#include "train/run_length.h"

#include <algorithm>
#include <limits>

#include "optim/schedule.h"

namespace sr {

RunLength::RunLength(const TrainConfig& config) : config_(config) {
  const auto add = [&](const End& end) {
    if (end.total > 0) {
      ends_.push_back(end);
    }
  };
  add({"total_iter", static_cast<double>(config.total_iter),
       [](const RunPoint& at) { return static_cast<double>(at.step); },
       [](const StepCost& step) { return step.seconds; }});
  add({"total_samples", static_cast<double>(config.total_samples),
       [](const RunPoint& at) { return static_cast<double>(at.samples); },
       [](const StepCost& step) { return step.seconds / step.samples; }});
  add({"total_pixels", config.total_pixels,
       [](const RunPoint& at) { return static_cast<double>(at.pixels); },
       [](const StepCost& step) { return step.seconds / step.pixels; }});
  if (config.clock_schedule.empty()) {
    add({"max_hours", config.max_hours * kSecondsPerHour,
         [](const RunPoint& at) { return at.seconds; }, [](const StepCost&) { return 1.0; }});
  }
}

std::string RunLength::reached(const RunPoint& at) const {
  for (const End& end : ends_) {
    if (end.done(at) >= end.total) {
      return end.setting;
    }
  }
  return {};
}

double RunLength::share(const RunPoint& at) const {
  double share = 0;
  for (const End& end : ends_) {
    share = std::max(share, std::min(1.0, end.done(at) / end.total));
  }
  return share;
}

double RunLength::seconds_left(const RunPoint& at, const StepCost& step) const {
  double least = std::numeric_limits<double>::infinity();
  for (const End& end : ends_) {
    const double left = std::max(0.0, end.total - end.done(at));
    least = std::min(least, left * end.seconds_each(step));
  }
  return least;
}

std::optional<int> RunLength::permille(const RunPoint& at) const {
  if (config_.schedule_by != ScheduleUnit::kHours) {
    return std::nullopt;
  }
  if (config_.clock_schedule.empty()) {
    const double share = at.seconds / (config_.max_hours * kSecondsPerHour);
    return static_cast<int>(std::clamp(share, 0.0, 1.0) * kClockTicks);
  }
  int permille = 0;
  for (const ClockReading& reading : config_.clock_schedule) {
    if (reading.step <= at.step) {
      permille = reading.permille;
    }
  }
  return permille;
}

double RunLength::schedule_position(const RunPoint& at) const {
  switch (config_.schedule_by) {
    case ScheduleUnit::kSteps:
      return static_cast<double>(at.step);
    case ScheduleUnit::kSamples:
      return static_cast<double>(at.samples);
    case ScheduleUnit::kPixels:
      return static_cast<double>(at.pixels);
    case ScheduleUnit::kHours:
      return *permille(at) * schedule_scale(config_).tick;
  }
  return 0;
}

}  // namespace sr
