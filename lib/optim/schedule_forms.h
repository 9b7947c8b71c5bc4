#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace sr {

/// Where a schedule is asked: step 0 is the first one.
struct SchedulePoint {
  std::int64_t step = 0;
  std::int64_t total_iter = 0;
  double base_lr = 0;
};

/// The learning rate there, without warm-up.
using ScheduleForm = double (*)(const SchedulerConfig&, const SchedulePoint&);

/// One row a type of train.scheduler.
struct ScheduleEntry {
  std::string_view type;  ///< as configurations store it
  ScheduleForm form;
};
const std::vector<ScheduleEntry>& schedule_forms();

}  // namespace sr
