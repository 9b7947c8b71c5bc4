#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "checkpoint/training_state.h"
#include "config/config.h"
#include "train/identity.h"
#include "train/networks.h"
#include "train/run_state.h"
#include "train/train_step.h"

namespace sr {

/// What a resumed run is told beside its tensors.
struct RestoredRun {
  SavedRun run;
  nlohmann::ordered_json sizes;        ///< size policy, as it was saved
  nlohmann::ordered_json automations;  ///< as they were saved
  std::vector<std::string> warnings;   ///< other processor, other threads, other files
};

/// Copies a state and the weights it names into the live tensors of `networks` and `step`.
/// `state_file` is where it was read from. Throws CheckpointError naming the state and what
/// differs: the network, a setting that decides what is saved, a tensor or a shape.
RestoredRun restore_run(const std::filesystem::path& state_file, TrainingState saved,
                        const Config& config, const RunIdentity& identity, const Networks& networks,
                        TrainStep& step);

}  // namespace sr
