#pragma once

#include "core/catalogue.h"
#include "recipe/cosine.h"
#include "recipe/decay.h"
#include "recipe/multi_step.h"

namespace sr::recipe {

/// How a rate falls from 1 to 0 with progress p from 0 to 1: (1 + cos(2 pi cycles p)) / 2,
/// 1 - sqrt(p), 1 - p, 1 - p^2.
enum class Cooldown { kCosine, kOneMinusSqrt, kLinear, kOneMinusSquare };

/// get_wsd_schedule of pytorch_optimizer, which traiNNer-redux calls WarmupStableDecayLR; steps.
struct WarmupStableDecayOptions {
  double num_warmup_steps = 0;
  double num_stable_steps = 0;
  double num_decay_steps = 0;
  double min_lr_ratio = 0;  ///< last rate / lr
  double num_cycles = 0.5;  ///< of the cosine
  Cooldown cooldown_type = Cooldown::kOneMinusSqrt;
  friend bool operator==(const WarmupStableDecayOptions&,
                         const WarmupStableDecayOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = WarmupStableDecayOptions;
    v.length("num_warmup_steps", &O::num_warmup_steps, at_least(0), kWarmupHelp).require();
    v.length("num_stable_steps", &O::num_stable_steps, at_least(0), "Steps at lr after those.")
        .require();
    v.length("num_decay_steps", &O::num_decay_steps, at_least(0),
             "Steps of the fall after those; the rest of the run stays at its end.")
        .require();
    v.number("min_lr_ratio", &O::min_lr_ratio, between(0, 1),
             "Learning rate after the fall / lr; only cosine falls to it, the others fall to 0 "
             "first.");
    v.number("num_cycles", &O::num_cycles, more_than(0), "Cosine: its periods in the fall.");
    v.choice("cooldown_type", &O::cooldown_type,
             Names<Cooldown>{{"1-sqrt", Cooldown::kOneMinusSqrt},
                             {"cosine", Cooldown::kCosine},
                             {"linear", Cooldown::kLinear},
                             {"1-square", Cooldown::kOneMinusSquare}},
             "Shape of the fall over its progress p.");
  }
};

enum class Annealing { kCosine, kLinear };

/// PyTorch's rule: phase ends are shares of total_steps less one step each and need not be whole.
struct OneCycleOptions {
  double total_steps = 0;  ///< 0 = total_iter
  double max_lr = 0;       ///< 0 = the optimizer's lr
  double pct_start = 0.3;  ///< share of the cycle in which the rate rises
  Annealing anneal_strategy = Annealing::kCosine;
  double div_factor = 25;
  double final_div_factor = 1e4;
  bool three_phase = false;
  friend bool operator==(const OneCycleOptions&, const OneCycleOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = OneCycleOptions;
    v.length("total_steps", &O::total_steps, at_least(0),
             "Length of the cycle, steps; 0 = total_iter.");
    v.number("max_lr", &O::max_lr, at_least(0),
             "Highest learning rate of every network; 0 = the lr of its optimizer.");
    v.number("pct_start", &O::pct_start, between(0, 1),
             "Share of the cycle in which the learning rate rises.");
    v.choice("anneal_strategy", &O::anneal_strategy,
             Names<Annealing>{{"cos", Annealing::kCosine}, {"linear", Annealing::kLinear}},
             "Shape of rise and fall.");
    v.number("div_factor", &O::div_factor, more_than(0), "max_lr / the first learning rate.");
    v.number("final_div_factor", &O::final_div_factor, more_than(0),
             "The first learning rate / the last one.");
    v.flag("three_phase", &O::three_phase,
           "Falls as it rose, then from the first to the last learning rate.");
  }
};

/// Wide minima by a long exploration (Iyer et al. 2020), as traiNNer-redux has it;
/// optim/schedule_forms.
struct KneeOptions {
  double total_steps = 0;  ///< 0 = total_iter
  double explore_ratio = 0.5;
  friend bool operator==(const KneeOptions&, const KneeOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = KneeOptions;
    v.length("total_steps", &O::total_steps, at_least(0),
             "Where it ends at 0, steps; 0 = total_iter.");
    v.number("explore_ratio", &O::explore_ratio, between(0, 1),
             "Share of them at lr; the others are a line to 0.");
  }
};

/// How far a cycle goes up: always the same, half of the cycle before, or gamma^step.
enum class CycleHeights { kTriangular, kTriangular2, kExpRange };

/// torch.optim.lr_scheduler.CyclicLR.
struct CyclicOptions {
  double base_lr = 0;
  double max_lr = 0;
  double step_size_up = 2000;
  double step_size_down = 0;  ///< 0 = step_size_up
  CycleHeights mode = CycleHeights::kTriangular;
  double gamma = 1;
  friend bool operator==(const CyclicOptions&, const CyclicOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = CyclicOptions;
    v.number("base_lr", &O::base_lr, at_least(0), "Lowest learning rate of every network.")
        .require();
    v.number("max_lr", &O::max_lr, more_than(0), "Highest one.").require();
    v.length("step_size_up", &O::step_size_up, at_least(1), "Steps of a rise.");
    v.length("step_size_down", &O::step_size_down, at_least(0), "Of a fall; 0 = step_size_up.");
    v.choice(
        "mode", &O::mode,
        Names<CycleHeights>{{"triangular", CycleHeights::kTriangular},
                            {"triangular2", CycleHeights::kTriangular2},
                            {"exp_range", CycleHeights::kExpRange}},
        "Heights of the cycles: all the same, each half of the one before, or times gamma^step.");
    v.number("gamma", &O::gamma, more_than(0), "Of exp_range.");
  }
};

/// Every schedule, in the order of the documentation. optim/schedule_forms.h computes them.
inline constexpr std::tuple kSchedules{
    row<MultiStepOptions>("MultiStepLR", "times gamma at each milestone"),
    row<CosineOptions>("CosineAnnealingLR", "half a cosine from lr to eta_min in T_max steps",
                       "CosineAnnealing"),
    row<CosineRestartOptions>("CosineAnnealingRestartLR", "one half cosine each period"),
    row<ConstantOptions>("ConstantLR", "lr all the time, or times factor in the first steps",
                         "Constant"),
    row<MultiStepRestartOptions>("MultiStepRestartLR",
                                 "times gamma at each milestone, with restarts"),
    row<WarmRestartsOptions>("CosineAnnealingWarmRestarts", "half cosines of growing length",
                             "CosineWarmRestarts"),
    row<CosineWarmupOptions>("CosineAnnealingWarmupLR",
                             "a line from 0 to lr, then half a cosine to eta_min_ratio times lr",
                             "CosineAnnealingWarmup"),
    row<PolynomialOptions>("PolynomialLR", "from lr to 0 by a power of the remaining share"),
    row<OneCycleOptions>("OneCycleLR", "up to max_lr and down to almost 0, once"),
    row<StableDecayOptions>("WarmupStableDecay",
                            "lr, in the last decay_iter steps down to eta_min"),
    row<WarmupStableDecayOptions>(
        "WarmupStableDecayLR",
        "a line from 0 to lr, lr, and a fall, of given lengths (traiNNer-redux)"),
    row<StepOptions>("StepLR", "times gamma every step_size steps"),
    row<ExponentialOptions>("ExponentialLR", "times gamma at each step"),
    row<LinearOptions>("LinearLR", "a line from start_factor to end_factor times lr"),
    row<KneeOptions>("KneeLR", "lr, then a line to 0 at the end (traiNNer-redux)"),
    row<CyclicOptions>("CyclicLR", "up and down between base_lr and max_lr, again and again"),
};

}  // namespace sr::recipe
