#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// traiNNer-redux's loss for segmentation: the output is taken as logits of GT's values, and
/// weight_bce times their binary cross entropy and weight_dice times 1 - Dice's coefficient
/// (Milletari et al. 2016) of their probabilities are added.
struct BceDiceOptions {
  double weight_bce = 1;
  double weight_dice = 1;
  double eps = 1e-6;
  friend bool operator==(const BceDiceOptions&, const BceDiceOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = BceDiceOptions;
    v.number("weight_bce", &O::weight_bce, at_least(0), "Factor of the cross entropy.");
    v.number("weight_dice", &O::weight_dice, at_least(0), "Factor of 1 - Dice's coefficient.");
    v.number("eps", &O::eps, more_than(0), "Added to what Dice's coefficient divides by.");
  }
};
std::unique_ptr<Loss> make_loss(const BceDiceOptions& options);

}  // namespace sr::recipe
