#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// Criterion of the images shrunk to 1 / scale by antialiased bicubic interpolation (PyTorch's), as
/// in traiNNer-redux: fidelity to the low frequencies.
struct BicubicOptions {
  Criterion criterion = Criterion::kL1;
  int scale = 4;
  friend bool operator==(const BicubicOptions&, const BicubicOptions&) = default;
  int smallest_side() const { return scale; }

  template <class Visitor>
  static void describe(Visitor& v) {
    describe_criterion(v, &BicubicOptions::criterion);
    v.number("scale", &BicubicOptions::scale, between(1, 64),
             "Compares images that are this much smaller.");
  }
};
std::unique_ptr<Loss> make_loss(const BicubicOptions& options);

}  // namespace sr::recipe
