#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "automation/decision.h"
#include "automation/options.h"
#include "automation/size_json.h"
#include "core/training_size.h"

namespace sr {

/// All that steers IntelligentEarlyStopping.
struct EarlyStoppingSettings : EarlyStoppingOptions {
  bool higher_is_better = true;  ///< of the metric that is monitored

  friend bool operator==(const EarlyStoppingSettings&, const EarlyStoppingSettings&) = default;
};

/// What a validation found.
struct MetricReading {
  std::int64_t step = 0;  ///< committed steps so far
  double value = 0;
  TrainingSize size;     ///< of the step before it
  bool growing = false;  ///< the size optimizer may still enlarge the sizes
};

/// Ends a run that no longer improves. Stops at a validation when
///
///  * the metric has not become better by min_improvement for `patience` steps and 3 validations,
///  or
///  * over the last 10 validations the metric became significantly worse while the loss fell
///    significantly (overfitting; 1 in 100 each, Student's t of a straight line),
///
/// but never before min_iterations, and not while sizes still grow: until then the patience does
/// not run. Validations up to warmup_iterations count for neither, nor as the best. Another size
/// starts the second rule's history over, as it changes the level of the loss.
///
/// Pure, like IntelligentLearningRateScheduler.
class IntelligentEarlyStopping {
 public:
  explicit IntelligentEarlyStopping(const EarlyStoppingSettings& settings) : settings_(settings) {}

  /// The loss of one committed step; one that is not finite is left out.
  void add(double loss);
  StopDecision validated(const MetricReading& reading);
  /// Why it stopped; a run that is resumed with the same settings stays stopped.
  const std::optional<std::string>& stopped() const { return stopped_; }

  Json state() const;
  /// Throws CheckpointError when the state is malformed.
  void restore(const Json& state);

 private:
  bool better(double value) const;
  void remember(const MetricReading& reading);
  bool overfits(StopDecision& decision) const;

  EarlyStoppingSettings settings_;
  std::optional<double> best_;
  std::int64_t best_step_ = 0;
  std::int64_t waiting_since_ = 0;  ///< a step
  int validations_waited_ = 0;
  std::optional<TrainingSize> size_;
  std::vector<double> metrics_, losses_;  ///< of the last validations at this size, oldest first
  double loss_sum_ = 0;                   ///< since the last validation
  std::int64_t loss_count_ = 0;
  std::optional<std::string> stopped_;
};

}  // namespace sr
