#pragma once

#include "recipe/schedules.h"

namespace sr {

/// Where a schedule is asked, in units of ScheduleScale: step 0 is the first one.
struct SchedulePoint {
  double position = 0;
  double total = 0;  ///< length of the run
  double tick = 1;   ///< the smallest amount, a step where the source of a schedule counts in steps
  double base_lr = 0;
};

// The learning rate there of each row of recipe::kSchedules, without warm-up.

double rate_at(const recipe::MultiStepOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::MultiStepRestartOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::CosineOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::CosineRestartOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::WarmRestartsOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::CosineWarmupOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::PolynomialOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::OneCycleOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::StableDecayOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::WarmupStableDecayOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::StepOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::ExponentialOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::LinearOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::KneeOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::CyclicOptions& schedule, const SchedulePoint& at);
double rate_at(const recipe::ConstantOptions& schedule, const SchedulePoint& at);

}  // namespace sr
