#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/experiment_folder.h"
#include "data/loader.h"
#include "device/memory.h"
#include "device/numerics.h"
#include "dist/ranks.h"
#include "report/reporter.h"
#include "resolve/load.h"
#include "train/automations.h"
#include "train/checkpoints.h"
#include "train/data_sets.h"
#include "train/learning_rate.h"
#include "train/networks.h"
#include "train/rank_sums.h"
#include "train/resume.h"
#include "train/shared_stop.h"
#include "train/size_policy.h"
#include "train/train_step.h"
#include "train/trainer_parts.h"
#include "train/validation.h"

namespace sr {

struct TrainerOptions {
  std::string device = "auto";
  ResumeOptions resume;
  Verbosity verbosity = Verbosity::kNormal;
  Report::Clock::time_point started = Report::Clock::now();  ///< this process
  int replayed_ranks = 1;  ///< parts of a batch that are dealt as over so many ranks
  bool trial = false;      ///< begins anew, and neither reads nor writes the run's folder
};

/// Everything a training run consists of. Only `folder` may be null, on ranks other than the first
/// and in a trial; what later members refer to are earlier ones.
struct Session {
  std::unique_ptr<const Config> config;
  std::vector<ValidationSet> validation_sets;
  c10::Device device = c10::kCPU;
  std::unique_ptr<Numerics> numerics;
  std::unique_ptr<DeviceMemory> memory;
  std::unique_ptr<Networks> networks;
  std::unique_ptr<TrainStep> step;
  std::unique_ptr<RankSums> sums;
  std::unique_ptr<SizePolicy> sizes;
  std::unique_ptr<LearningRate> rate;
  std::unique_ptr<Automations> automations;
  std::unique_ptr<ExperimentFolder> folder;
  std::unique_ptr<const ExperimentLayout> layout;
  std::unique_ptr<Report> report;
  std::unique_ptr<Validator> validator;
  std::unique_ptr<CheckpointStore> checkpoints;
  std::unique_ptr<Loader> loader;
  TrainerStart start;
  /// TrainerParts::look_at_host
  std::function<std::optional<std::string>()> look_at_host;
};

/// Builds a run in the order in which its parts need each other: the state to go on from is read
/// first, so that what it makes needless is not asked for; the folder is archived or resumed before
/// the first report, which this makes. The data sets, of just this configuration, were checked
/// before, so that bad data leaves no trace. Throws any Error.
/// In a run of several ranks all call it together: each builds its own parts, the first alone
/// reads the state, has the folder and reports, and what it has goes to the others. What one rank
/// throws, all do.
Session open_session(LoadedConfig loaded, DataSets sets, const TrainerOptions& options,
                     Ranks& ranks, SharedStop& stop);

/// What a trainer uses of it.
TrainerParts parts_of(Session& session, Agreement& agreement,
                      std::function<std::optional<StopRequest>()> stop_requested);

}  // namespace sr
