#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/experiment_folder.h"
#include "config/load.h"
#include "data/loader.h"
#include "device/memory.h"
#include "report/reporter.h"
#include "train/automations.h"
#include "train/checkpoints.h"
#include "train/data_sets.h"
#include "train/networks.h"
#include "train/run_state.h"
#include "train/size_control.h"
#include "train/step.h"
#include "train/validation.h"

namespace sr {

struct TrainerOptions {
  std::string device = "auto";
  bool auto_resume = false;
  std::optional<std::string> resume;  ///< a training state; wins over path.resume_state
  Verbosity verbosity = Verbosity::kNormal;
};

/// Everything a training run consists of. The constructor builds it in the order in which the parts
/// need each other: the state to go on from is read first, so that what it makes needless is not
/// asked for; the folder is archived or resumed before the first report. The data sets were checked
/// before, so that bad data leaves no trace. Members are in that order; later ones refer to
/// earlier ones.
struct Run {
  /// `sets`: of just this configuration.
  Run(LoadedConfig loaded_config, DataSets sets, const TrainerOptions& options);
  Run(const Run&) = delete;  // members refer to each other
  Run& operator=(const Run&) = delete;

  LoadedConfig loaded;
  const Config& config;  ///< loaded.config
  PairList training;
  std::vector<ValidationSet> validation_sets;
  at::Device device;
  std::unique_ptr<DeviceMemory> memory;
  Networks networks;
  std::unique_ptr<TrainStep> step;
  std::unique_ptr<SizeControl> sizes;
  std::unique_ptr<Automations> automations;
  std::unique_ptr<ExperimentFolder> folder;
  Report report;
  std::unique_ptr<Validator> validator;
  std::unique_ptr<Checkpoints> checkpoints;
  std::unique_ptr<Loader> loader;
  std::uint64_t samples_per_pass = 1;
  RunState state;
  std::optional<std::filesystem::path> resumed_from;
  std::string best_rule;  ///< how net_g_best is chosen (sr::best_rule()); empty: it is not

  /// Passes over the data, enlarged as configured, after so many samples.
  double epochs(std::uint64_t samples) const;

 private:
  void find_state(const TrainerOptions& options);
  void build_networks(std::vector<std::string>& warnings);
  void build_sizes();
  void open_folder();
  void build_outputs(Verbosity verbosity);
  /// Returns the step the run goes on from.
  std::int64_t resume(std::vector<std::string>& warnings);
  /// Makes the state's best score that of net_g_best, and moves what is of another past aside.
  void settle_best(std::vector<std::string>& warnings);
  void clean_folder(std::vector<std::string>& warnings);
  void build_loader();
  void announce(std::int64_t step_now, const std::vector<std::string>& warnings);

  TrainingState saved_state_;  ///< what resumed_from holds, until it is restored
  std::vector<std::string> skipped_states_;
  bool asked_for_state_ = false;  ///< a state was named, not looked for
  bool looked_for_state_ = false;
};

}  // namespace sr
