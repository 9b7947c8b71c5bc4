#include "config/field_kinds.h"
#include "config/tables.h"

namespace sr::settings {

const Fields<SizeOptimizerConfig>& size_optimizer_fields() {
  static const Fields<SizeOptimizerConfig> kFields = [] {
    using O = SizeOptimizerConfig;
    return Fields<O>{
        number("target_vram_usage", &O::target_vram_usage, between(0.05, 0.97),
               "Share of the device's memory (or of memory_limit) to use."),
        number("safety_margin", &O::safety_margin, between(0.005, 0.5),
               "Usage within target +- margin is left alone."),
        number("min_batch_size", &O::min_batch_size, between(1, 65536), "Smallest batch."),
        number("max_batch_size", &O::max_batch_size, between(1, 65536), "Largest batch."),
        number("min_lq_size", &O::min_lq_size, between(1, 8192), "Smallest LQ crop, pixels."),
        number("max_lq_size", &O::max_lq_size, between(1, 8192), "Largest LQ crop, pixels."),
        number("adjustment_frequency", &O::adjustment_frequency, at_least(1),
               "Steps in a window; a decision is made at its end."),
        number("max_adjustments", &O::max_adjustments, at_least(0),
               "Growth and shrink decisions in the whole run; 0 = no limit."),
        number("vram_history_size", &O::vram_history_size, between(1, 1'000'000),
               "Windows of history kept."),
    };
  }();
  return kFields;
}

const Fields<LearningRateSchedulerConfig>& learning_rate_scheduler_fields() {
  static const Fields<LearningRateSchedulerConfig> kFields = [] {
    using L = LearningRateSchedulerConfig;
    return Fields<L>{
        flag("monitor_loss", &L::monitor_loss, "Judges the loss of every step."),
        flag("monitor_validation", &L::monitor_validation,
             "Judges the first metric of the first validation set."),
        number("plateau_patience", &L::plateau_patience, between(10, 10'000'000),
               "Steps over which the loss must fall significantly, else the rate is multiplied by "
               "0.8."),
        number("improvement_threshold", &L::improvement_threshold, between(0, 1),
               "Share of the loss; a smaller change counts as none."),
        number("min_lr_factor", &L::min_lr_factor, between(1e-6, 1),
               "Smallest product of all changes."),
        number("max_lr_factor", &L::max_lr_factor, between(1, 100),
               "Largest product of all changes; 1 = the rate is never raised."),
    };
  }();
  return kFields;
}

const Fields<GradientClippingConfig>& gradient_clipping_fields() {
  static const Fields<GradientClippingConfig> kFields = [] {
    using G = GradientClippingConfig;
    return Fields<G>{
        number("percentile", &G::percentile, between(0, 100),
               "The gradients' norm is limited to this percentile of its history."),
        number("history", &G::history, between(1, 10'000), "Steps of history kept.")
            .alias("gradient_history_size"),
        number("min_threshold", &G::min_threshold, more_than(0), "Smallest limit."),
        number("max_threshold", &G::max_threshold, more_than(0),
               "Largest limit; with train.grad_clip also grad_clip_max_norm."),
    };
  }();
  return kFields;
}

const Fields<EarlyStoppingConfig>& early_stopping_fields() {
  static const Fields<EarlyStoppingConfig> kFields = [] {
    using E = EarlyStoppingConfig;
    return Fields<E>{
        text("monitor_metric", &E::monitor_metric,
             "`<name of the set>/<metric>`, or `val/<metric>` for the first set.")
            .alias("metric"),
        number("patience", &E::patience, at_least(1),
               "Steps without an improvement, and 3 validations, before the run ends."),
        number("min_improvement", &E::min_improvement, at_least(0),
               "Smallest change that is an improvement, in the metric's unit."),
        number("min_iterations", &E::min_iterations, at_least(0), "Never ends before this step."),
        number("warmup_iterations", &E::warmup_iterations, at_least(0),
               "Validations up to this step do not count."),
        number("convergence_threshold", &E::convergence_threshold, between(0, 1),
               "Share of the loss: one that falls less over 10 validations is no sign of "
               "overfitting."),
    };
  }();
  return kFields;
}

}  // namespace sr::settings
