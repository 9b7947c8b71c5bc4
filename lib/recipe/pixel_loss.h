#pragma once

#include "recipe/options.h"

// Means over all elements of a function of d = output - gt, with reduction "mean" as in
// traiNNer-redux and BasicSR. One buffer of the output's size lives from forward to backward. The
// subgradient of |d| at 0 is 0, as in PyTorch.

namespace sr::recipe {

struct L1Options : NoOptions {};
std::unique_ptr<Loss> make_loss(const L1Options& options);
struct MseOptions : NoOptions {};
std::unique_ptr<Loss> make_loss(const MseOptions& options);

/// sqrt(d^2 + eps)
struct CharbonnierOptions {
  double eps = 1e-12;
  friend bool operator==(const CharbonnierOptions&, const CharbonnierOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.number("eps", &CharbonnierOptions::eps, more_than(0), "Softness of the corner at 0.");
  }
};
std::unique_ptr<Loss> make_loss(const CharbonnierOptions& options);

}  // namespace sr::recipe
