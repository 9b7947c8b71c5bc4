#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/experiment_layout.h"
#include "checkpoint/training_state.h"
#include "config/config.h"
#include "core/worker.h"
#include "nn/module.h"
#include "train/checkpoint_store.h"
#include "train/networks.h"
#include "train/step.h"

namespace sr {

/// Of the weight files that this configuration writes.
WeightsFormat weights_format(const Config& config);

/// What a resumed run is told beside its tensors.
struct RestoredRun {
  SavedRun run;
  nlohmann::ordered_json sizes;        ///< size policy, as it was saved
  nlohmann::ordered_json automations;  ///< as they were saved
  std::vector<std::string> warnings;   ///< other processor, other threads, other files
};

/// Copies a run into checkpoints and back. Saving stops training only for the copy into host
/// memory; one background writer puts the files on disk, the `.state` file last.
class Checkpoints final : public CheckpointStore {
 public:
  /// `fingerprint` identifies the training files and their order; `environment` the processor and
  /// threads.
  struct Identity {
    std::string fingerprint, environment;
  };
  Checkpoints(const Config& config, const ExperimentLayout& layout, const Networks& networks,
              TrainStep& step, Identity identity);

  void save(const SavedRun& run, const nlohmann::ordered_json& sizes,
            const nlohmann::ordered_json& automations) override;
  /// Until it is written no later state is: a state never knows of a best that is not there.
  void save_best(const BestRecord& record) override;
  void finish() override;
  std::vector<CheckpointEvent> take_written() override;

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
