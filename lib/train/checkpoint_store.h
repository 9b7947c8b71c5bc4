#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/best_record.h"
#include "report/event.h"
#include "train/run_state.h"

namespace sr {

/// Where the trainer leaves what a later process goes on from. Files are written in the background,
/// so an error of one call may be thrown by a later one.
class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;
  /// Weights and state of a step: both documents are what SizePolicy and Automations saved. Throws
  /// StorageError of an earlier write that failed.
  virtual void save(const SavedRun& run, const nlohmann::ordered_json& sizes,
                    const nlohmann::ordered_json& automations) = 0;
  /// net_g_best, with the record in the file: the EMA weights if there are any; as .pth the raw
  /// ones too.
  virtual void save_best(const BestRecord& record) = 0;
  /// Waits for all that is being written. Throws StorageError.
  virtual void finish() = 0;
  /// Checkpoints written since the last call.
  virtual std::vector<CheckpointEvent> take_written() = 0;
  /// Why older checkpoints could not be removed, since the last call. They are tried again behind
  /// the next one.
  virtual std::vector<WarningEvent> take_warnings() = 0;
};

}  // namespace sr
