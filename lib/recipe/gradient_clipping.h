#pragma once

#include <cstdint>

#include "core/describe.h"

namespace sr::recipe {

/// AdaptiveGradientClipping; optim/adaptive_clipping.h.
struct GradientClippingOptions {
  double percentile = 90;       ///< between two norms on the straight line
  std::int64_t history = 1000;  ///< committed steps
  double min_threshold = 0.05;
  double max_threshold = 10;
  friend bool operator==(const GradientClippingOptions&, const GradientClippingOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = GradientClippingOptions;
    v.number("percentile", &O::percentile, between(0, 100),
             "The gradients' norm is limited to this percentile of its history.");
    v.number("history", &O::history, between(1, 10'000), "Steps of history kept.")
        .alias("gradient_history_size");
    v.number("min_threshold", &O::min_threshold, more_than(0), "Smallest limit.");
    v.number("max_threshold", &O::max_threshold, more_than(0),
             "Largest limit; with train.grad_clip also grad_clip_max_norm.");
  }
};

}  // namespace sr::recipe
