#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "automation/decision.h"
#include "automation/loss_blocks.h"
#include "automation/options.h"
#include "automation/size_json.h"
#include "core/training_size.h"

namespace sr {

/// All that steers the IntelligentLearningRateScheduler.
struct LearningRateSettings : LearningRateOptions {
  bool higher_is_better = true;  ///< of the metric that is monitored
};

/// Committed steps between two questions for a decision.
inline constexpr std::int64_t kRateDecisionSteps = 20;

/// A factor on the scheduled learning rate that follows what the loss and the metric do:
///
///     plateau     no significant fall over plateau_patience steps           x 0.8
///     metric      no better value in 10 validations                        x 0.8
///     divergence  a significant rise over 50 steps                         x 0.5
///     fall        still a significant fall, the factor never reduced       x 1.1
///
/// Significant means against the noise of the loss itself, measured on means of blocks of steps;
/// see trend.h. A factor that was reduced is not raised again: the fall that follows a reduction is
/// its effect.
///
/// Pure: no clock, no randomness; equal inputs give equal answers, and a restored object answers as
/// the saved one would have.
class IntelligentLearningRateScheduler {
 public:
  explicit IntelligentLearningRateScheduler(const LearningRateSettings& settings);

  /// The loss of one committed step, in order; one that is not finite is left out. Another size
  /// starts the history over: the level of the loss changes with it.
  void add(double loss, TrainingSize size);
  /// To be asked at fixed steps, so that answers do not depend on when losses were handed over.
  std::optional<RateDecision> decide();
  /// After a validation.
  std::optional<RateDecision> validated(double metric);

  double factor() const { return factor_; }

  Json state() const;
  /// Throws CheckpointError when the state is malformed. Edited settings hold: the factor is moved
  /// between their bounds.
  void restore(const Json& state);

 private:
  std::optional<RateDecision> divergence();
  std::optional<RateDecision> slow_change();
  void multiply(double by, RateDecision& decision);

  LearningRateSettings settings_;
  LossBlocks slow_;  ///< over plateau_patience steps
  LossBlocks fast_;  ///< over 250 steps
  double factor_ = 1;
  bool reduced_ = false;  ///< ever
  std::optional<TrainingSize> size_;
  bool unjudged_ = false;  ///< a block was completed since the last decide()
  std::optional<double> best_metric_;
  int validations_ = 0;  ///< without a better metric
};

}  // namespace sr
