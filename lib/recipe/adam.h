#pragma once

#include <array>
#include <cstdint>

#include "core/describe.h"

// Adam and what is nearest to it; the rules are in optim/.

namespace sr::recipe {

using Betas = std::array<double, 2>;

inline constexpr const char* kBetasHelp =
    "Decay of the running means: of the gradient, of the square.";
inline constexpr const char* kEpsHelp = "Added to the divisor.";
inline constexpr const char* kDecoupledHelp =
    "Weight decay apart from the gradient, as AdamW has it.";

struct AdamWOptions {
  Betas betas{0.9, 0.99};
  double eps = 1e-8;
  friend bool operator==(const AdamWOptions&, const AdamWOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.list("betas", &AdamWOptions::betas, below(0, 1), kBetasHelp);
    v.number("eps", &AdamWOptions::eps, more_than(0), kEpsHelp);
  }
};

struct AdamOptions {
  Betas betas{0.9, 0.99};
  double eps = 1e-8;
  bool decoupled_weight_decay = false;
  friend bool operator==(const AdamOptions&, const AdamOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = AdamOptions;
    v.list("betas", &O::betas, below(0, 1), kBetasHelp);
    v.number("eps", &O::eps, more_than(0), kEpsHelp);
    v.flag("decoupled_weight_decay", &O::decoupled_weight_decay, kDecoupledHelp);
  }
};

struct NAdamOptions {
  Betas betas{0.9, 0.999};
  double eps = 1e-8;
  bool decoupled_weight_decay = false;
  double momentum_decay = 4e-3;
  friend bool operator==(const NAdamOptions&, const NAdamOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = NAdamOptions;
    v.list("betas", &O::betas, below(0, 1), kBetasHelp);
    v.number("eps", &O::eps, more_than(0), kEpsHelp);
    v.flag("decoupled_weight_decay", &O::decoupled_weight_decay, kDecoupledHelp);
    v.number("momentum_decay", &O::momentum_decay, at_least(0),
             "How slowly the momentum grows towards the first of betas; 0 = it stays at half.");
  }
};

}  // namespace sr::recipe
