#include "config/automation_names.h"

namespace sr::settings {

const AutomationNames& automation_names() {
  static const AutomationNames kNames{
      .size_optimizer = {"DynamicBatchSizeOptimizer", "dynamic_batch_size_optimizer",
                         "DynamicBatchAndPatchSizeOptimizer",
                         "dynamic_batch_and_patch_size_optimizer"},
      .learning_rate_scheduler = {"IntelligentLearningRateScheduler",
                                  "intelligent_learning_rate_scheduler"},
      .gradient_clipping = {"AdaptiveGradientClipping", "adaptive_gradient_clipping"},
      .early_stopping = {"IntelligentEarlyStopping", "intelligent_early_stopping",
                         "early_stopping"}};
  return kNames;
}

}  // namespace sr::settings
