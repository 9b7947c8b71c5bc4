#pragma once

#include "config/config.h"
#include "config/schedule_scale.h"

namespace sr {

/// Learning rate at a position of the run, which is counted in steps, samples, GT pixels or hours
/// (ScheduleScale): a pure function of the position and the YAML, the closed form of PyTorch's /
/// BasicSR's schedulers (schedule_forms.h), times the linear warm-up (position + 1) / warmup_iter
/// of the first warmup_iter - 1 steps, where 1 is the smallest amount of the unit. Nothing to save,
/// nothing to restore. An optimizer that keeps its own average gets its lr after the warm-up,
/// whatever the schedule is.
class Schedule {
 public:
  Schedule(const TrainConfig& config, const OptimizerConfig& optimizer);
  /// Position 0 is that of the first step.
  double at(double position) const;
  /// Whether the step there is one of warmup_iter.
  bool warming_up(double position) const { return position + scale_.tick <= warmup_; }

 private:
  AnyOptions schedule_;
  ScheduleScale scale_;
  double warmup_, base_lr_;
};

}  // namespace sr
