#pragma once

#include <cstdint>

#include "config/config.h"

namespace sr {

/// Learning rate of optimizer step number `step` (0 = the first step): a pure function of the step
/// and the YAML, the closed form of PyTorch's / BasicSR's schedulers (schedule_forms.h), times the
/// linear warm-up (step + 1) / warmup_iter of the first warmup_iter - 1 steps. Nothing to save,
/// nothing to restore. An optimizer that keeps its own average gets its lr after the warm-up,
/// whatever the schedule is.
class Schedule {
 public:
  Schedule(const TrainConfig& config, const OptimizerConfig& optimizer);
  double at(std::int64_t step) const;

 private:
  AnyOptions schedule_;
  std::int64_t total_iter_, warmup_iter_;
  double base_lr_;
};

}  // namespace sr
