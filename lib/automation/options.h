#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/describe.h"

// What a user may set of the automations; names as in the YAML, counts are committed steps. The
// settings of each are these and what only the run knows.

namespace sr {

/// The size controller's names in the YAML; the first is where its settings are documented.
inline constexpr std::array kSizeOptimizerNames{
    "DynamicBatchSizeOptimizer", "dynamic_batch_size_optimizer",
    "DynamicBatchAndPatchSizeOptimizer", "dynamic_batch_and_patch_size_optimizer"};

/// DynamicBatchSizeOptimizer.
struct SizeOptimizerOptions {
  double target_vram_usage = 0.85;  ///< share of total memory that training should use
  double safety_margin = 0.05;  ///< half the width of the band around it in which nothing changes
  int min_batch_size = 2;
  int max_batch_size = 64;
  int min_lq_size = 32;  ///< pixels
  int max_lq_size = 256;
  std::int64_t adjustment_frequency = 100;  ///< in a window
  std::int64_t max_adjustments = 0;  ///< growth and shrink decisions in the whole run; 0 = no limit
  int vram_history_size = 50;        ///< measured sizes remembered, here and in the checkpoint
  friend bool operator==(const SizeOptimizerOptions&, const SizeOptimizerOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SizeOptimizerOptions;
    v.number("target_vram_usage", &O::target_vram_usage, between(0.05, 0.97),
             "Share of the device's memory (or of memory_limit) to use.");
    v.number("safety_margin", &O::safety_margin, between(0.005, 0.5),
             "Usage within target +- margin is left alone.");
    v.number("min_batch_size", &O::min_batch_size, between(1, 65536), "Smallest batch.");
    v.number("max_batch_size", &O::max_batch_size, between(1, 65536), "Largest batch.");
    v.number("min_lq_size", &O::min_lq_size, between(1, 8192), "Smallest LQ crop, pixels.");
    v.number("max_lq_size", &O::max_lq_size, between(1, 8192), "Largest LQ crop, pixels.");
    v.number("adjustment_frequency", &O::adjustment_frequency, at_least(1),
             "Steps in a window; a decision is made at its end.");
    v.number("max_adjustments", &O::max_adjustments, at_least(0),
             "Growth and shrink decisions in the whole run; 0 = no limit.");
    v.number("vram_history_size", &O::vram_history_size, between(1, 1'000'000),
             "Windows of history kept.");
  }
};

/// IntelligentLearningRateScheduler.
struct LearningRateOptions {
  bool monitor_loss = true;
  bool monitor_validation = true;
  std::int64_t plateau_patience = 1000;
  double improvement_threshold = 0.001;  ///< share of the loss: changes below it are none
  double min_lr_factor = 0.1;
  double max_lr_factor = 2.0;
  friend bool operator==(const LearningRateOptions&, const LearningRateOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = LearningRateOptions;
    v.flag("monitor_loss", &O::monitor_loss, "Judges the loss of every step.");
    v.flag("monitor_validation", &O::monitor_validation,
           "Judges the metric of val.best_by on the first validation set.");
    v.number("plateau_patience", &O::plateau_patience, between(10, 10'000'000),
             "Steps over which the loss must fall significantly, else the rate is multiplied by "
             "0.8.");
    v.number("improvement_threshold", &O::improvement_threshold, between(0, 1),
             "Share of the loss; a smaller change counts as none.");
    v.number("min_lr_factor", &O::min_lr_factor, between(1e-6, 1),
             "Smallest product of all changes.");
    v.number("max_lr_factor", &O::max_lr_factor, between(1, 100),
             "Largest product of all changes; 1 = the rate is never raised.");
  }
};

/// IntelligentEarlyStopping.
struct EarlyStoppingOptions {
  std::string monitor_metric = "val/psnr";
  std::int64_t patience = 2000;
  double min_improvement = 0.001;         ///< in the metric's own unit
  std::int64_t min_iterations = 5000;     ///< never stops before
  std::int64_t warmup_iterations = 1000;  ///< what happens before counts for nothing
  double convergence_threshold = 0.0005;  ///< share of the loss: one that falls less does not fall
  friend bool operator==(const EarlyStoppingOptions&, const EarlyStoppingOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = EarlyStoppingOptions;
    v.text("monitor_metric", &O::monitor_metric,
           "`<name of the set>/<metric>`, or `val/<metric>` for the first set; val.best_by when "
           "it is left out.")
        .alias("metric");
    v.number("patience", &O::patience, at_least(1),
             "Steps without an improvement, and 3 validations, before the run ends.");
    v.number("min_improvement", &O::min_improvement, at_least(0),
             "Smallest change that is an improvement, in the metric's unit.");
    v.number("min_iterations", &O::min_iterations, at_least(0), "Never ends before this step.");
    v.number("warmup_iterations", &O::warmup_iterations, at_least(0),
             "Validations up to this step do not count.");
    v.number("convergence_threshold", &O::convergence_threshold, between(0, 1),
             "Share of the loss: one that falls less over 10 validations is no sign of "
             "overfitting.");
  }
};

}  // namespace sr
