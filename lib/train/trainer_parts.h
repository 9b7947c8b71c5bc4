#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/error.h"
#include "data/loader.h"
#include "device/memory.h"
#include "report/reporter.h"
#include "train/agreement.h"
#include "train/automations.h"
#include "train/checkpoint_store.h"
#include "train/learning_rate.h"
#include "train/run_state.h"
#include "train/scorer.h"
#include "train/shared_stop.h"
#include "train/size_policy.h"
#include "train/step.h"

namespace sr {

/// All that the trainer uses. Everything outlives it.
struct TrainerParts {
  const Config& config;
  const std::vector<ValidationSet>& validation_sets;
  DeviceMemory& memory;
  BatchSource& batches;
  Step& step;
  Agreement& agreement;
  SizePolicy& sizes;
  LearningRate& rate;
  Automations& automations;
  Scorer& scorer;
  CheckpointStore& checkpoints;
  Report& report;
  /// Asked before each step and by validations.
  std::function<std::optional<StopRequest>()> stop_requested;
  /// Asked after each step: what a user should hear about the machine.
  std::function<std::optional<std::string>()> look_at_host;
  /// Seconds since this process began with the run.
  std::function<double()> clock;
};

/// Where a run stands when its trainer begins, and what stays the same in it.
struct TrainerStart {
  RunState state;
  bool resumed = false;            ///< the state is that of a checkpoint
  std::string best_rule;           ///< how net_g_best is chosen (sr::best_rule()); empty: it is not
  double samples_per_epoch = 1;    ///< of the data, enlarged as configured
  bool counters_are_free = false;  ///< reading those of the step waits for no device
  std::string folder;              ///< of the experiment
  std::string go_on{};             ///< the command that goes on after a signal
};

}  // namespace sr
