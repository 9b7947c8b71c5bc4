#pragma once

#include <cstdint>

#include "data/loader.h"
#include "report/event.h"

namespace sr {

/// Sums between two progress lines: times, waits and the memory peak.
class ProgressMeter {
 public:
  void add(double step_ms, double data_wait_ms, double memory_usage);
  /// Fills the means into `event` and starts over.
  void take(ProgressEvent& event);
  std::int64_t steps() const { return steps_; }
  /// Mean over the whole process, for the closing table; 0 before the first step.
  double steps_per_s() const;
  /// Part of that time spent waiting for data.
  double data_wait_share() const { return all_ms_ > 0 ? all_wait_ms_ / all_ms_ : 0; }
  /// Another size: what steps took so far says nothing about the next ones.
  void forget_recent() { recent_steps_ = 0; }
  /// Seconds a step takes now: a mean that follows changes within some 50 steps.
  double recent_step_s() const { return recent_ms_ / 1000; }

 private:
  std::int64_t steps_ = 0, all_steps_ = 0, recent_steps_ = 0;
  double step_ms_ = 0, data_wait_ms_ = 0, data_wait_max_ms_ = 0, memory_usage_ = 0;
  double all_ms_ = 0, all_wait_ms_ = 0, recent_ms_ = 0;
};

}  // namespace sr
