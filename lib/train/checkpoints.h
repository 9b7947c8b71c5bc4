#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/experiment_layout.h"
#include "config/config.h"
#include "core/worker.h"
#include "train/checkpoint_store.h"
#include "train/identity.h"
#include "train/networks.h"
#include "train/staged_checkpoint.h"
#include "train/train_step.h"

namespace sr {

/// Copies a run into checkpoints; restore_run() copies it back. Saving stops training only for the
/// copy into host memory; one background writer puts the files on disk, the `.state` file last.
class Checkpoints final : public CheckpointStore {
 public:
  Checkpoints(const Config& config, const ExperimentLayout& layout, const Networks& networks,
              const TrainStep& step, RunIdentity identity);

  void save(const SavedRun& run, const nlohmann::ordered_json& sizes,
            const nlohmann::ordered_json& automations) override;
  /// Until it is written no later state is: a state never knows of a best that is not there.
  void save_best(const BestRecord& record) override;
  void finish() override;
  std::vector<CheckpointEvent> take_written() override;
  std::vector<WarningEvent> take_warnings() override;

 private:
  /// Removes the checkpoints that keep_checkpoints leaves no room for, on the writer's thread.
  void prune();

  const Config& config_;
  const ExperimentLayout& layout_;
  const Networks& networks_;
  const TrainStep& step_;
  RunIdentity identity_;
  std::mutex mutex_;
  std::vector<CheckpointEvent> written_;
  std::vector<WarningEvent> warnings_;
  std::shared_ptr<StagedBest> best_;  ///< the latest of this process
  Worker writer_;                     // last: its thread uses the members above
};

}  // namespace sr
