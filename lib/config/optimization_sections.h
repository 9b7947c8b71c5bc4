#pragma once

#include "config/config.h"
#include "fields/typed_section.h"

// train.optim_g and optim_d, whose type names a row of recipe::kOptimizers, and train.scheduler,
// whose type names one of recipe::kSchedules.

namespace sr::settings {

const TypedSection<OptimizerConfig>& optimizer_section();
const TypedSection<SchedulerConfig>& scheduler_section();

}  // namespace sr::settings
