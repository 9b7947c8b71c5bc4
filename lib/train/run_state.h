#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/config.h"
#include "train/learning_rate.h"
#include "train/run_length.h"
#include "train/size_policy.h"

namespace sr {

/// What the trainer itself remembers of a run, beside its parts.
struct RunState {
  std::int64_t step = 0;     ///< committed optimizer steps
  std::uint64_t cursor = 0;  ///< first sample of the next step; only commits advance it
  std::int64_t pixels = 0;   ///< GT pixels of the samples before it
  double seconds = 0;        ///< of training until the last commit, over all processes of the run

  std::int64_t skipped = 0;  ///< committed steps without an update
  std::int64_t ooms = 0;

  std::map<std::string, double> best;             ///< best value of each "<set>/<metric>"
  std::map<std::string, std::string> best_rules;  ///< how each is measured (scoring_rules())
  /// What net_g_best holds, by val.best_by of the first set; set together with that file.
  std::optional<double> best_score;
  std::string best_rule;             ///< how best_score is measured; empty = not known
  std::int64_t validated_step = -1;  ///< last step that was validated
  /// LQ pixels; what a validation had to come down to. 0: val.tile_size fits, or was not tried yet.
  int validation_tile = 0;

  RunPoint point() const { return {step, cursor, pixels, seconds}; }
  /// Whether something that happens every so many steps does so at this one; 0 = never.
  bool is_due(std::int64_t every) const { return every > 0 && step % every == 0; }
  /// Whether a score is better than that of net_g_best. One that is not finite never is.
  bool is_best(double score, bool higher_is_better) const;
  /// Enters the finite scores of one set into `best`.
  void record_scores(const std::string& set,
                     const std::vector<std::pair<std::string, double>>& scores,
                     const std::vector<MetricConfig>& metrics);
  /// Measures by these rules from here on: values of `best` that were measured in another way go.
  void use_rules(std::map<std::string, std::string> rules);

  friend bool operator==(const RunState&, const RunState&) = default;
};

/// Everything about a run that changes with its steps and is not a tensor, as it is written into
/// every checkpoint; a resumed run reads it back and goes on as if nothing had happened.
struct SavedRun {
  RunState state;
  StepSize size;                 ///< in force for the next step (SizePolicy)
  std::int64_t adjustments = 0;  ///< growth and shrink decisions (SizePolicy)
  LearningRateRamp ramp;         ///< of LearningRate

  friend bool operator==(const SavedRun&, const SavedRun&) = default;
};

nlohmann::ordered_json to_json(const SavedRun& run);
/// Throws CheckpointError when a field is missing, of the wrong type or beyond what a run can have.
SavedRun saved_run_from_json(const nlohmann::ordered_json& json);

}  // namespace sr
