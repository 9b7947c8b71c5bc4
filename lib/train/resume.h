#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/experiment_folder.h"
#include "checkpoint/training_state.h"
#include "config/config.h"
#include "train/run_state.h"

namespace sr {

/// How a run is started, as asked for on the command line.
struct ResumeOptions {
  bool auto_resume = false;           ///< the run's own newest state comes before path.resume_state
  std::optional<std::string> resume;  ///< a training state; wins over path.resume_state
  bool restarted = false;  ///< by a launcher: the run's own newest state comes before all others
};

/// What a run goes on from.
struct ResumePoint {
  std::optional<std::filesystem::path> file;  ///< the state; empty: the run begins anew
  TrainingState state;                        ///< what it holds
  std::vector<DamagedState> skipped;          ///< newer states
  bool asked_for = false;                     ///< it was named, not looked for
  bool looked_for = false;  ///< auto_resume asked for the newest, and no other was named
};

/// The folder of this configuration, whether it is there or not.
ExperimentLayout own_layout(const Config& config);

/// Reads the state to go on from, so that a damaged one costs nothing. Throws CheckpointError.
ResumePoint find_resume_point(const Config& config, const ResumeOptions& options);

/// The seed of the run that saved the state of `point`. Throws CheckpointError naming the state.
std::uint64_t seed_of(const ResumePoint& point);

/// Opens the run's folder: its own when it goes on from a state in there, else a new one. Throws
/// ConfigError for a state elsewhere in its own folder, which a new one would move away.
ExperimentFolder open_folder(const Config& config, const ResumePoint& point);

/// Makes the state's best score that of net_g_best, moves what is of another past aside and clears
/// away what a kill left half written or half deleted. `rule`: best_rule() of this run. Returns
/// warnings.
std::vector<std::string> settle_folder(const Config& config, const ExperimentLayout& layout,
                                       const ResumePoint& point, const std::string& rule,
                                       RunState& state);

}  // namespace sr
