#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "automation/dynamic_batch_size_optimizer.h"
#include "automation/window_meter.h"
#include "config/config.h"
#include "report/event.h"
#include "train/run_state.h"
#include "train/step.h"

namespace sr {

/// Who decides about lq_size, batch_size and micro_batch: nobody (fixed sizes), a schedule, or the
/// size optimizer. Sizes change in the RunState alone, so the very next batch has them. Fixed and
/// scheduled sizes still have the optimizer's floor ladder below them when memory runs out:
/// micro-batches first, then the end.
class SizeControl {
 public:
  /// What the sizes depend on beside the configuration.
  struct Surroundings {
    int largest_lq_size = 0;             ///< what the training images allow, pixels
    int lq_multiple = 8;                 ///< at least 8; more for networks that need it
    bool micro_batches_allowed = false;  ///< every loss is a mean over samples
    bool cuda = false;
    std::string environment;  ///< what a memory measurement depends on
  };
  SizeControl(const Config& config, Surroundings surroundings);

  /// Sizes of the first step of a fresh run.
  void start(RunState& state) const;
  /// Puts the sizes in force that a schedule names for the step after state.step.
  void before_step(RunState& state);

  struct Decided {
    SizeDecisionEvent event;
    std::vector<std::string> notices;  ///< for a line of their own
  };
  /// Observes a step committed at `size`; at the end of a window decides, and returns what was
  /// decided.
  std::optional<Decided> after_commit(const MemoryReading& memory, TrainingSize size,
                                      RunState& state);
  /// Chooses how to try the same step again. Throws DoesNotFitError, with the table of needed, free
  /// and limit, when nothing smaller is left. For an attempt that only worked around a refusal it
  /// reports and changes nothing.
  OutOfMemoryEvent after_failure(const Attempt& attempt, RunState& state);

  /// After an attempt that met library_error: back to the size of the step before, if the size in
  /// force is larger than that. Nothing when the size cannot be the reason.
  std::optional<SizeDecisionEvent> after_library_error(const Attempt& attempt, RunState& state);

  /// The size optimizer is on its way to larger sizes.
  bool growing() const { return config_.has_value() && optimizer_.growing(); }

  nlohmann::ordered_json save() const;
  /// Goes on as saved, cuDNN's benchmark mode included; an edited YAML wins where it sets the sizes
  /// itself. Throws CheckpointError, or an error of the JSON library, for what this program has not
  /// saved.
  void load(const nlohmann::ordered_json& saved, RunState& state);

 private:
  OptimizerSettings settings_for(TrainingSize fixed) const;
  void apply(RunState& state) const;

  const DatasetConfig& dataset_;
  std::optional<SizeOptimizerConfig> config_;
  Surroundings surroundings_;
  DynamicBatchSizeOptimizer optimizer_;
  WindowMeter meter_;
  std::optional<TrainingSize> committed_;  ///< size of the last step of this process
};

}  // namespace sr
