#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/async_writer.h"
#include "checkpoint/experiment_layout.h"
#include "checkpoint/training_state.h"
#include "config/config.h"
#include "nn/network.h"
#include "report/event.h"
#include "train/run_state.h"
#include "train/step.h"

namespace sr {

/// What a resumed run is told beside its tensors.
struct RestoredRun {
  RunState state;
  nlohmann::ordered_json sizes;       ///< size controller, as it was saved
  std::vector<std::string> warnings;  ///< other processor, other threads, other files
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
  Checkpoints(const Config& config, const ExperimentLayout& layout, Network& generator,
              TrainStep& step, Identity identity);

  /// Throws StorageError of an earlier write that failed.
  void save(const RunState& state, const nlohmann::ordered_json& sizes);
  /// net_g_best: the EMA weights if there are any.
  void save_best(std::int64_t step);
  /// Waits for the writer. Throws StorageError.
  void finish();
  /// Checkpoints written since the last call.
  std::vector<CheckpointEvent> take_written();

  /// Copies a state and the weights it names into the live tensors. `state_file` is where it was
  /// read from. Throws CheckpointError naming the first
  /// difference when the network, an optimizer tensor or a shape does not match.
  RestoredRun restore(const std::filesystem::path& state_file, TrainingState saved);

 private:
  TensorFile stage_weights(bool averaged, std::int64_t step) const;
  void check_network(const nlohmann::ordered_json& saved) const;

  const Config& config_;
  const ExperimentLayout& layout_;
  Network& generator_;
  TrainStep& step_;
  Identity identity_;
  mutable std::mutex mutex_;
  std::vector<CheckpointEvent> written_;
  AsyncWriter writer_;  // last: its thread uses the members above
};

/// Loads pretrained weights by name, also by other tools' names (Module::own_name). Throws
/// CheckpointError (strict) or returns the readable list of differences.
std::string load_pretrained(const PathConfig& path, Network& network);

}  // namespace sr
