#pragma once

#include "train/saver.h"
#include "train/trainer_parts.h"

namespace sr {

/// Validates the run of a trainer on all its sets and draws the conclusions: best scores, best
/// weights, automations that watch a metric.
class ValidationRound {
 public:
  /// `parts`, `start`, `state` and `saver`: of the trainer, which outlives this.
  ValidationRound(const TrainerParts& parts, const TrainerStart& start, RunState& state,
                  Saver& saver);

  /// The state was saved before the validation of its step, which was then cut off.
  bool is_missing() const;
  /// A step counts as validated only when all of it is done: what is cut off by a signal or a kill
  /// is made up for when the run goes on.
  void run();

 private:
  /// Nothing that goes wrong with a set's files ends a run: a warning, and scores that are NaN.
  ValidationScores scores_of(const ValidationSet& set);
  void enter_scores(const ValidationSet& set, const ValidationScores& scores);
  /// val_freq asks for this step. The one at the end of a run is extra: a run that goes on further
  /// does not have it.
  bool due() const;

  const TrainerParts& parts_;
  const TrainerStart& start_;
  RunState& state_;
  Saver& saver_;
};

}  // namespace sr
