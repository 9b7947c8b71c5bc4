#pragma once

#include <cstdint>
#include <string>

#include "train/progress_meter.h"
#include "train/run_length.h"
#include "train/step_counters.h"
#include "train/trainer_parts.h"

namespace sr {

/// Tells how the run of a trainer gets on: ticks, progress, end.
class RunProgress {
 public:
  /// `parts`, `start` and `state`: of the trainer, which outlives this.
  RunProgress(const TrainerParts& parts, const TrainerStart& start, const RunState& state);

  /// A step was committed: its size, samples and rate, how long it took with all its attempts, how
  /// much of that was waiting for data, and the share of memory that it peaked at.
  struct StepDone {
    TrainingSize size;
    std::int64_t samples = 0;
    double lr = 0;
    double step_ms = 0;
    double data_wait_ms = 0;
    double memory_usage = 0;
  };
  void add(const StepDone& step);

  void report_tick();
  void report_progress();
  void report_end(ExitCode code, const std::string& reason, const StepCounters& counters);

 private:
  /// What the last steps of the size in force cost each.
  StepCost last_cost() const;

  const TrainerParts& parts_;
  const TrainerStart& start_;
  const RunState& state_;
  const RunLength length_;
  ProgressMeter meter_;
  LoaderStats loading_;  ///< of this process, as of the last report
  StepDone last_;
  std::int64_t reported_step_;  ///< of the last progress event
};

}  // namespace sr
