#pragma once

#include <cstdint>

#include "device/out_of_memory.h"
#include "train/trainer_parts.h"

namespace sr {

/// Saves the run of a trainer, each step once.
class Saver {
 public:
  /// `parts` and `state`: of the trainer, which outlives this. `resumed`: the state is on disk.
  Saver(const TrainerParts& parts, RunState& state, bool resumed);

  /// Unless this step is saved already. Memory that runs out while the state is copied costs a
  /// second try; throws StorageError of this or an earlier save.
  void save();
  /// The state of this step has changed since it was saved.
  void forget() { saved_step_ = kNone; }
  /// As CheckpointStore::save_best(). Throws StorageError of an earlier save.
  void save_best(const BestRecord& record);
  /// As save(), to the end; also a step that is saved already when its files were not written. An
  /// error of any kind is only warned of: another one came first and is the one to tell.
  void save_after_error();
  /// Waits for all that is being written and reports it. Throws StorageError; then no step counts
  /// as saved.
  void finish();
  /// A state that was written twice, before and behind the validation of its step, is told once;
  /// also older ones that could not be removed.
  void report_written();

 private:
  static constexpr std::int64_t kNone = -1;

  void stage();
  /// Memory ran out while the state was being copied: once more after everything else was freed.
  void stage_with_less_memory(const OutOfMemory& failure);

  const TrainerParts& parts_;
  RunState& state_;
  std::int64_t saved_step_;
  std::int64_t told_step_ = kNone;  ///< of the last event
};

}  // namespace sr
