#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/best_record.h"
#include "checkpoint/experiment_layout.h"
#include "checkpoint/training_state.h"
#include "config/config.h"
#include "core/worker.h"
#include "nn/module.h"
#include "report/event.h"
#include "train/networks.h"
#include "train/run_state.h"
#include "train/step.h"

namespace sr {

/// Of the weight files that this configuration writes.
WeightsFormat weights_format(const Config& config);

/// What a resumed run is told beside its tensors.
struct RestoredRun {
  RunState state;
  nlohmann::ordered_json sizes;        ///< size controller, as it was saved
  nlohmann::ordered_json automations;  ///< as they were saved
  std::vector<std::string> warnings;   ///< other processor, other threads, other files
};

/// Copies a run into checkpoints and back. Saving stops training only for the copy into host
/// memory; one background writer puts the files on disk, the `.state` file last.
class Checkpoints {
 public:
  /// `fingerprint` identifies the training files and their order; `environment` the processor and
  /// threads.
  struct Identity {
    std::string fingerprint, environment;
  };
  Checkpoints(const Config& config, const ExperimentLayout& layout, const Networks& networks,
              TrainStep& step, Identity identity);

  /// Throws StorageError of an earlier write that failed.
  void save(const RunState& state, const nlohmann::ordered_json& sizes,
            const nlohmann::ordered_json& automations);
  /// net_g_best, with the record in the file: the EMA weights if there are any; as .pth the raw
  /// ones too. Until it is written no later state is: a state never knows of a best that is not
  /// there.
  void save_best(const BestRecord& record);
  /// Waits for the writer. Throws StorageError.
  void finish();
  /// Checkpoints written since the last call.
  std::vector<CheckpointEvent> take_written();

  /// Copies a state and the weights it names into the live tensors. `state_file` is where it was
  /// read from. Throws CheckpointError naming the state and what differs: the network, a setting
  /// that decides what is saved, a tensor or a shape.
  RestoredRun restore(const std::filesystem::path& state_file, TrainingState saved);

 private:
  struct PendingBest;
  struct Staged;
  /// The files of a checkpoint, by the writer.
  static CheckpointEvent write_files(Staged& staged);

  /// One set of weights and where a checkpoint has it.
  struct Weights {
    std::filesystem::path file;
    std::string key;  ///< of a .pth, which holds several sets: params, params_ema
    const Module* network;
    NamedTensors tensors;  ///< live ones: as many as there are parameters, then buffers
  };
  /// Those of a checkpoint: raw and averaged, of the generator and of the discriminator. Sets of
  /// one file follow each other.
  std::vector<Weights> weights_at(std::int64_t step, WeightsFormat format) const;
  TensorFile stage_weights(const Weights& weights, std::int64_t step) const;
  void check_document(const TrainingState& saved, RestoredRun& restored) const;
  void check_training(const TrainingState& saved) const;
  void restore_tensors(const std::filesystem::path& state_file, TrainingState saved);

  const Config& config_;
  const ExperimentLayout& layout_;
  const Networks& networks_;
  TrainStep& step_;
  Identity identity_;
  mutable std::mutex mutex_;
  std::vector<CheckpointEvent> written_;
  std::shared_ptr<PendingBest> best_;  ///< the latest of this process
  Worker writer_;                      // last: its thread uses the members above
};

}  // namespace sr
