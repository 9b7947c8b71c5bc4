#include "config/schedule_scale.h"

namespace sr {

ScheduleScale schedule_scale(const TrainConfig& config) {
  switch (config.schedule_by) {
    case ScheduleUnit::kSteps:
      break;
    case ScheduleUnit::kSamples:
      return {"total_samples", static_cast<double>(config.total_samples), 1};
    case ScheduleUnit::kPixels:
      return {"total_pixels", config.total_pixels, 1};
    case ScheduleUnit::kHours:
      return {"max_hours", config.max_hours, config.max_hours / kClockTicks};
  }
  return {"total_iter", static_cast<double>(config.total_iter), 1};
}

}  // namespace sr
