#pragma once

#include <cstdint>

#include "core/describe.h"
#include "recipe/cosine.h"

// Schedules by a power, a line, or the rest of the run; lengths are steps, or what
// train.schedule_by counts in.

namespace sr::recipe {

struct PolynomialOptions {
  double total_iters = 0;  ///< 0 = total_iter
  double power = 1;
  friend bool operator==(const PolynomialOptions&, const PolynomialOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = PolynomialOptions;
    v.length("total_iters", &O::total_iters, at_least(0), kLengthHelp).alias("total_iter");
    v.number("power", &O::power, more_than(0), "lr x (1 - step / total_iters)^power.");
  }
};

struct StepOptions {
  double gamma = 0.1;
  double step_size = 1;
  friend bool operator==(const StepOptions&, const StepOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.number("gamma", &StepOptions::gamma, more_than(0), kGammaHelp);
    v.length("step_size", &StepOptions::step_size, more_than(0), "Steps between two factors gamma.")
        .require();
  }
};

struct ExponentialOptions {
  double gamma = 0.5;
  friend bool operator==(const ExponentialOptions&, const ExponentialOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.number("gamma", &ExponentialOptions::gamma, more_than(0), kGammaHelp).require();
  }
};

struct LinearOptions {
  double total_iters = 0;  ///< 0 = total_iter
  double start_factor = 1.0 / 3;
  double end_factor = 1;
  friend bool operator==(const LinearOptions&, const LinearOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = LinearOptions;
    v.length("total_iters", &O::total_iters, at_least(0), kLengthHelp).alias("total_iter");
    v.number("start_factor", &O::start_factor, {.low = 0, .high = 1, .low_open = true},
             "Factor on lr in the first step.");
    v.number("end_factor", &O::end_factor, between(0, 1), "Factor on lr after total_iters steps.");
  }
};

struct ConstantOptions {
  double total_iters = 0;  ///< with `factor`
  double factor = 1;
  friend bool operator==(const ConstantOptions&, const ConstantOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = ConstantOptions;
    v.length("total_iters", &O::total_iters, at_least(0),
             "Steps with `factor`; as in PyTorch 5 where `factor` is given.")
        .alias("total_iter");
    v.number("factor", &O::factor, between(0, 1),
             "Factor on lr in the first total_iters steps; as in PyTorch 1/3 where total_iters is "
             "given.");
  }
};

/// Hägele et al. 2024: constant, then linearly to eta_min, which the step after the run would have.
struct StableDecayOptions {
  double eta_min = 0;
  double decay_iter = 0;  ///< 0 = a tenth of total_iter
  friend bool operator==(const StableDecayOptions&, const StableDecayOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = StableDecayOptions;
    v.number("eta_min", &O::eta_min, at_least(0), kEtaMinHelp);
    v.length("decay_iter", &O::decay_iter, at_least(0),
             "Last steps of the run, in which lr falls linearly to eta_min; 0 = a tenth.");
  }
};

}  // namespace sr::recipe
