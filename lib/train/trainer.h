#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/signals.h"
#include "device/step_threads.h"
#include "optim/schedule.h"
#include "train/progress_meter.h"
#include "train/run.h"

namespace sr {

/// The training loop of a run.
class Trainer {
 public:
  explicit Trainer(Run& run);

  /// Trains to total_iter or to a signal and returns the exit code. Before an error leaves, the
  /// state is saved if it is intact and the end is reported; what goes wrong with that is a
  /// warning, and the first error is the one that leaves.
  ExitCode train();

 private:
  /// Counts what attempts took up and commits settled; what is left over at the end was lost.
  struct Ledger {
    std::int64_t steps_begun = 0, steps_committed = 0;
    std::uint64_t first_sample = 0, next_sample = 0, samples_committed = 0;
    std::int64_t steps_lost() const { return steps_begun - steps_committed; }
    std::int64_t samples_lost() const;
  };

  ExitCode loop();
  std::string reason_of(ExitCode code) const;
  /// One optimizer step, tried until it is committed.
  void take_step();
  void prefetch_after(const Batch& batch);
  void leave_size(const Attempt& attempt);
  void recover(const Attempt& attempt, double lost_ms);
  void commit(const Batch& batch, const Attempt& attempt);
  void after_step();
  void check_divergence();
  void report_progress();
  /// The state was saved before the validation of its step, which was then cut off.
  bool validation_is_missing() const;
  void validate();
  /// Nothing that goes wrong with a set's files ends a run: a warning, and scores that are NaN.
  ValidationScores scores_of(const ValidationSet& set);
  void enter_scores(const ValidationSet& set, const ValidationScores& scores);
  void save();
  /// Memory ran out while the state was being copied: once more after everything else was freed.
  void save_with_less_memory(const OutOfMemory& failure);
  void report_written();
  void end(ExitCode code, const std::string& reason);
  void save_after_error();

  Run& run_;
  const Config& config_;
  RunState& state_;
  Schedule schedule_;
  Schedule discriminator_schedule_;
  StopSignals signals_;
  std::optional<StepThreads> threads_;  ///< of steps on the CPU
  ProgressMeter meter_;
  LoaderStats loading_;  ///< of this process, as of the last report
  Ledger ledger_;
  TrainingSize last_size_;  ///< of the tensors of the step committed last
  double last_lr_ = 0;
  std::int64_t saved_step_ = -1;
  bool committing_ = false;  ///< an error now would leave weights half updated
};

}  // namespace sr
