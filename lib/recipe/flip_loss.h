#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// The mean LDR-FLIP error (Andersson et al. 2020) of images clamped to [0, 1], with the small
/// changes by which traiNNer-redux keeps its gradient finite: the distance of colours has 1e-4
/// under its root and that of edges and points is at least 1e-4, so equal images are not quite 0.
struct FlipOptions {
  double pixels_per_degree = 67.0206432765823;
  friend bool operator==(const FlipOptions&, const FlipOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.number("pixels_per_degree", &FlipOptions::pixels_per_degree, between(1, 1000),
             "Pixels of the image in a degree of what the observer sees; the default is a screen "
             "of 3840 pixels, seen from as far away as it is wide.");
  }
};
std::unique_ptr<Loss> make_loss(const FlipOptions& options);

}  // namespace sr::recipe
