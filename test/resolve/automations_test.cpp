#include "resolve/load.h"

#include "config/resolved_text.h"
#include "resolve/examples.h"
#include "support/catch.h"

using sr::test::kSmallest;
using sr::test::load_text;
using sr::test::load_with;

TEST_CASE("the size optimizer is read under each of its names and in both places", "[resolve]") {
  for (const char* name :
       {"DynamicBatchSizeOptimizer", "dynamic_batch_size_optimizer",
        "DynamicBatchAndPatchSizeOptimizer", "dynamic_batch_and_patch_size_optimizer"}) {
    for (const char* place : {"training_automations", "train.training_automations"}) {
      const std::string block = std::string(place) + "." + name;
      INFO(block);
      const sr::Config config = load_text(kSmallest, {block + ".max_lq_size=128"}).config;
      REQUIRE(config.size_optimizer.has_value());
      CHECK(config.size_optimizer->max_lq_size == 128);
      CHECK(config.size_optimizer->min_lq_size == 32);
      CHECK_FALSE(load_text(kSmallest, {block + ".enabled=false"}).config.size_optimizer);
      CHECK_FALSE(
          load_text(kSmallest, {block + ".max_lq_size=128", std::string(place) + ".enabled=false"})
              .config.size_optimizer);
    }
  }
}

TEST_CASE("the fork's other automations are accepted when they are off", "[resolve]") {
  const sr::LoadedConfig loaded = load_with(
      "training_automations:\n  enabled: true\n"
      "  IntelligentLearningRateScheduler: {enabled: false, plateau_patience: 10}\n"
      "  adaptive_gradient_clipping: {enabled: no}\n  IntelligentEarlyStopping: ~\n"
      "  DynamicBatchSizeOptimizer: {fallback: {batch_size: 8}}\n");
  CHECK(loaded.config.size_optimizer.has_value());
  CHECK(loaded.notices[0] ==
        "training_automations.DynamicBatchSizeOptimizer.fallback: no effect here: out of memory is "
        "answered with smaller sizes for the same samples");
}

namespace {

const std::string kValidation =
    "  val: {type: pairedimagedataset, dataroot_gt: a, dataroot_lq: b}\n";

/// The smallest configuration with a validation set and these automations.
sr::LoadedConfig load_automations(const std::string& blocks) {
  std::string text = kSmallest;
  text.insert(text.find("network_g"), kValidation);
  return load_text(text + "training_automations:\n" + blocks);
}

}  // namespace

TEST_CASE("the automations are off unless asked for and each can be on alone", "[resolve]") {
  const sr::Config none = load_automations("  enabled: true\n").config;
  CHECK_FALSE(none.learning_rate_scheduler);
  CHECK_FALSE(none.gradient_clipping);
  CHECK_FALSE(none.early_stopping);
  const sr::Config rate =
      load_automations("  intelligent_learning_rate_scheduler: {plateau_patience: 50}\n").config;
  REQUIRE(rate.learning_rate_scheduler);
  CHECK(rate.learning_rate_scheduler->plateau_patience == 50);
  CHECK(rate.learning_rate_scheduler->max_lr_factor == 2.0);
  CHECK_FALSE(rate.gradient_clipping);
  CHECK_FALSE(rate.size_optimizer);
  const sr::Config clipping = load_automations("  AdaptiveGradientClipping: {}\n").config;
  CHECK(clipping.gradient_clipping == sr::recipe::GradientClippingOptions{});
  const sr::Config stopping =
      load_automations("  IntelligentEarlyStopping: {enabled: true}\n").config;
  CHECK(stopping.early_stopping == sr::EarlyStoppingOptions{});
  CHECK_FALSE(
      load_automations("  enabled: false\n  IntelligentEarlyStopping: {}\n").config.early_stopping);
}

TEST_CASE("keys of the fork's automations are effective or said to be without effect",
          "[resolve]") {
  const sr::LoadedConfig loaded = load_automations(
      "  IntelligentLearningRateScheduler: {adaptation_threshold: 0.02, min_lr_factor: 0.2, "
      "lr_log_frequency: 100, "
      "fallback: {scheduler_type: cosine}}\n"
      "  AdaptiveGradientClipping: {initial_threshold: 1.0, gradient_history_size: 100, "
      "monitoring_frequency: 10}\n"
      "  early_stopping: {patience: 10000, metric: val/ssim, convergence_log_frequency: 500, "
      "max_no_improvement: 3, save_best: true}\n");
  CHECK(loaded.config.learning_rate_scheduler->min_lr_factor == 0.2);
  CHECK(loaded.config.gradient_clipping->history == 100);
  CHECK(loaded.config.early_stopping->patience == 10000);
  CHECK(loaded.config.early_stopping->monitor_metric == "val/ssim");
  std::string notices;
  for (const std::string& notice : loaded.notices) {
    notices += notice + "\n";
  }
  for (const char* key :
       {"adaptation_threshold", "fallback", "initial_threshold", "monitoring_frequency",
        "lr_log_frequency", "convergence_log_frequency", "max_no_improvement", "save_best"}) {
    INFO(notices);
    CHECK(notices.find(key) != std::string::npos);
  }
}

TEST_CASE("the resolved automations load again to the same", "[resolve]") {
  const sr::Config config = load_automations(
                                "  IntelligentLearningRateScheduler: {max_lr_factor: 1}\n"
                                "  AdaptiveGradientClipping: {percentile: 75}\n"
                                "  IntelligentEarlyStopping: {monitor_metric: val/ssim}\n")
                                .config;
  CHECK(load_text(sr::resolved_yaml(config)).config == config);
}
