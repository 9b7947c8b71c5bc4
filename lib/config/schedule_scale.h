#pragma once

#include "config/config.h"

namespace sr {

/// The clock of a schedule that counts in hours moves in so many equal parts of max_hours.
inline constexpr int kClockTicks = 1000;

/// What a schedule counts in (train.schedule_by).
struct ScheduleScale {
  const char* end = "";  ///< the setting that says how long the run is: "total_iter"
  double total = 0;      ///< and what it says; 0 = nothing
  double tick = 1;       ///< the smallest amount: a step, a sample, a pixel, a part of max_hours
};
ScheduleScale schedule_scale(const TrainConfig& config);

}  // namespace sr
