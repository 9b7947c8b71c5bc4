#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// neosr's consistency_loss: criterion of CIE L* of blurred images plus that of Oklab's a and b;
/// gt's lightness and chroma are multiplied by `brightness` and `saturation` before. With `cosim`,
/// half of (1 - cosine) of both is added once it is below 0.001 for the batch, so a batch cannot be
/// split. The Gaussian has a standard deviation of 3 pixels.
struct ConsistencyOptions {
  Criterion criterion = Criterion::kCharbonnier;
  bool blur = true;
  bool cosim = true;
  double saturation = 1;
  double brightness = 1;
  friend bool operator==(const ConsistencyOptions&, const ConsistencyOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = ConsistencyOptions;
    describe_criterion(v, &O::criterion);
    v.flag("blur", &O::blur, "Blurs images before their lightness is compared.");
    v.flag("cosim", &O::cosim, "Adds 1 - cosine once it is below 0.001; rules out micro-batches.");
    v.number("saturation", &O::saturation, more_than(0), "Factor of GT's chroma.");
    v.number("brightness", &O::brightness, more_than(0), "Factor of GT's lightness.");
  }
};
std::unique_ptr<Loss> make_loss(const ConsistencyOptions& options);

}  // namespace sr::recipe
