#pragma once

#include <cstdint>
#include <vector>

#include "core/describe.h"
#include "recipe/multi_step.h"

// Schedules along half a cosine; lengths are steps, or what train.schedule_by counts in.

namespace sr::recipe {

inline constexpr const char* kEtaMinHelp = "Learning rate at the end.";
inline constexpr const char* kWarmupHelp =
    "Steps in which the learning rate rises linearly from 0.";
inline constexpr const char* kLengthHelp = "Steps until the end of the fall; 0 = the run's.";

struct CosineOptions {
  double t_max = 0;  ///< 0 = total_iter
  double eta_min = 0;
  friend bool operator==(const CosineOptions&, const CosineOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.length("T_max", &CosineOptions::t_max, at_least(0), "Steps until eta_min; 0 = total_iter.");
    v.number("eta_min", &CosineOptions::eta_min, at_least(0), kEtaMinHelp);
  }
};

/// BasicSR's rule: period i ends with the step that equals the sum of periods 0..i; the weight
/// scales the cosine, not eta_min. Steps behind the last period stay at its end.
struct CosineRestartOptions {
  std::vector<double> periods;
  std::vector<double> restart_weights;  ///< empty = 1
  double eta_min = 0;
  friend bool operator==(const CosineRestartOptions&, const CosineRestartOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = CosineRestartOptions;
    v.lengths("periods", &O::periods, more_than(0),
              "Lengths of the periods, steps; together at least total_iter.");
    v.numbers("restart_weights", &O::restart_weights, more_than(0), kRestartWeightsHelp);
    v.number("eta_min", &O::eta_min, at_least(0), kEtaMinHelp);
  }
};

/// PyTorch's rule: a period begins at the full rate with the step after the one before has ended.
struct WarmRestartsOptions {
  double eta_min = 0;
  double t_0 = 1;
  std::int64_t t_mult = 1;
  friend bool operator==(const WarmRestartsOptions&, const WarmRestartsOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = WarmRestartsOptions;
    v.number("eta_min", &O::eta_min, at_least(0), kEtaMinHelp);
    v.length("T_0", &O::t_0, more_than(0), "Length of the first period, steps.").require();
    v.number("T_mult", &O::t_mult, between(1, 1'000'000),
             "Length of a period / of the one before.");
  }
};

/// traiNNer-redux's rule: its own warm-up begins at 0, and behind the end the rate stays.
struct CosineWarmupOptions {
  double total_iters = 0;  ///< 0 = total_iter
  double warmup_iters = 0;
  double eta_min_ratio = 0.1;  ///< last rate / lr
  friend bool operator==(const CosineWarmupOptions&, const CosineWarmupOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = CosineWarmupOptions;
    v.length("total_iters", &O::total_iters, at_least(0), kLengthHelp).alias("total_iter");
    v.length("warmup_iters", &O::warmup_iters, at_least(0), kWarmupHelp);
    v.number("eta_min_ratio", &O::eta_min_ratio, between(0, 1), "The last learning rate / lr.");
  }
};

}  // namespace sr::recipe
