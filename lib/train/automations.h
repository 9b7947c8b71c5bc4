#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "automation/decision.h"
#include "automation/early_stopping.h"
#include "automation/learning_rate_scheduler.h"
#include "config/config.h"
#include "config/monitored_metric.h"
#include "optim/adaptive_clipping.h"
#include "report/event.h"

namespace sr {

/// The automations beside the sizes: feeds them with losses and metrics. Losses are read from the
/// device every kRateDecisionSteps steps, and before whatever needs them earlier; decisions fall at
/// fixed steps, so that a run that was stopped in between decides the same.
class Automations {
 public:
  /// The generator's loss of each step committed since the last call (TrainStep::take_losses()).
  using TakeLosses = std::function<std::vector<float>()>;
  /// `config` must outlive it.
  Automations(const Config& config, TakeLosses take_losses);

  /// Factor on the learning rates of the next step.
  double rate_factor() const { return scheduler_ ? scheduler_->factor() : 1; }

  /// After each commit; `warming_up`: its rate was one of the warm-up.
  void committed(TrainingSize size, bool warming_up);
  /// After committed(): a decision on the learning rate, if it falls at this step.
  std::optional<RateDecision> after_step(std::int64_t step);

  /// Metrics of every validation set, in the configuration's order.
  using Scores = std::vector<std::vector<std::pair<std::string, double>>>;
  /// After a validation that the configuration asked for. `growing`: sizes may still be enlarged. A
  /// metric without a finite value is no evidence: nothing is decided by it.
  std::vector<EventData> validated(std::int64_t step, bool growing, const Scores& scores);
  /// Why the run is to end early.
  std::optional<std::string> stopped() const;

  /// Nothing that is still on the device is left out.
  nlohmann::ordered_json save();
  /// What watched a metric that is measured in another way since then begins anew.
  void load(const nlohmann::ordered_json& saved);
  /// How the metrics are measured (scoring_rules()), by "<set>/<metric>". Call before load().
  void use_rules(const std::map<std::string, std::string>& rules);

 private:
  struct Pending {
    TrainingSize size;
    bool warming_up = false;
  };

  /// Hands over the losses that are still on the device.
  void flush();

  const Config& config_;
  TakeLosses take_losses_;
  std::optional<IntelligentLearningRateScheduler> scheduler_;
  std::optional<IntelligentEarlyStopping> stopping_;
  MonitoredMetric stop_metric_;
  /// How the metric is measured that decides about the rate, and about stopping; empty = not known.
  std::string rate_rule_, stop_rule_;
  std::vector<Pending> pending_;  ///< steps whose losses are on the device
  TrainingSize size_;             ///< of the last step
};

/// Numbers of one network's gradient clipping: part of a progress event.
ClippingNumbers clipping_numbers(const AdaptiveClipping::Window& window);
ClipDecisionEvent clip_event(const std::string& network, const AdaptiveClipping::Window& window,
                             const Config& config);

}  // namespace sr
