#pragma once

#include <cstdint>

#include "config/config.h"

namespace sr {

/// Learning rate of optimizer step number `step` (0 = the first step): a pure function of the step
/// and the YAML, the closed form of PyTorch's / BasicSR's schedulers, times the linear warm-up
/// (step + 1) / warmup_iter of the first warmup_iter - 1 steps. Nothing to save, nothing to
/// restore. The types are MultiStepLR, CosineAnnealingLR (PyTorch), CosineAnnealingRestartLR
/// (BasicSR) and ConstantLR, which holds the base rate; another one is a ConfigError.
class Schedule {
 public:
  Schedule(const TrainConfig& config, double base_lr);
  double at(std::int64_t step) const;

 private:
  SchedulerConfig scheduler_;
  std::int64_t total_iter_, warmup_iter_;
  double base_lr_;
};

}  // namespace sr
