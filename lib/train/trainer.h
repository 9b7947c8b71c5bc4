#pragma once

#include <optional>
#include <string>

#include "train/run_length.h"
#include "train/run_progress.h"
#include "train/saver.h"
#include "train/step_counters.h"
#include "train/trainer_parts.h"
#include "train/validation_round.h"

namespace sr {

/// The training loop of a run.
class Trainer {
 public:
  Trainer(TrainerParts parts, TrainerStart start);
  Trainer(const Trainer&) = delete;  // members refer to each other
  Trainer& operator=(const Trainer&) = delete;

  /// Trains to the end of the run (RunLength) or to a signal and returns the exit code. Before an
  /// error leaves, the state is saved if it is intact and the end is reported; what goes wrong with
  /// that is a warning, and the first error is the one that leaves.
  ExitCode train();

 private:
  ExitCode loop();
  std::string reason_of(ExitCode code) const;
  /// One optimizer step, tried until it is committed.
  void take_step();
  void prefetch_after(const Batch& batch);
  /// Where the run is when the step of this batch is committed.
  RunPoint after(const Batch& batch) const;
  /// The attempt that all processes of the run act on.
  Attempt attempt(const Batch& batch, const StepSize& size);
  void recover(const RanOutOfMemory& failure, double lost_ms);
  void leave_size(const LibraryError& failure);
  void note_worked_around(const Completed& attempt, double lost_ms);
  /// Where the step begins for its learning rate: as far as the run is, at the time of the commit.
  RunPoint beginning();
  /// Returns the generator's learning rate.
  double commit(const Batch& batch, Completed attempt);
  void decide_sizes(const MemoryReading& memory, TrainingSize size);
  void after_step();
  void check_divergence();
  void end_with_error(ExitCode code, const std::string& reason);

  const TrainerParts parts_;
  const TrainerStart start_;
  const RunLength length_;
  RunState state_;
  StepCounters counters_;
  RunProgress progress_;
  Saver saver_;
  ValidationRound validation_;
  bool committing_ = false;      ///< an error now would leave weights half updated
  double seconds_ = 0;           ///< that the run had taken at the end of the last attempt
  std::optional<int> permille_;  ///< of max_hours, as last reported by this process
};

}  // namespace sr
