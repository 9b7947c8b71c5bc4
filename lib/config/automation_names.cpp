#include "config/automation_names.h"

#include "automation/options.h"

namespace sr::settings {

const AutomationNames& automation_names() {
  static const AutomationNames kNames{
      .size_optimizer = {kSizeOptimizerNames.begin(), kSizeOptimizerNames.end()},
      .learning_rate_scheduler = {"IntelligentLearningRateScheduler",
                                  "intelligent_learning_rate_scheduler"},
      .gradient_clipping = {"AdaptiveGradientClipping", "adaptive_gradient_clipping"},
      .early_stopping = {"IntelligentEarlyStopping", "intelligent_early_stopping",
                         "early_stopping"}};
  return kNames;
}

}  // namespace sr::settings
