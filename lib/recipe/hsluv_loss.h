#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// Differences of hue, saturation and lightness in HSLuv, each with its own weight, as in
/// traiNNer-redux: hue counts by the shorter way round the circle whatever the criterion,
/// saturation by how far both colours are from black and white. downscale_factor > 1 compares
/// smaller images (antialiased bicubic), blur_strength > 0 blurred ones (a Gaussian of that many
/// pixels, before they are made smaller).
struct HsluvOptions {
  Criterion criterion = Criterion::kL1;
  double hue_weight = 1.0 / 3;
  double saturation_weight = 1.0 / 3;
  double lightness_weight = 1.0 / 3;
  int downscale_factor = 1;
  int blur_strength = 0;
  friend bool operator==(const HsluvOptions&, const HsluvOptions&) = default;

  /// The blur mirrors two deviations of the image.
  int smallest_side() const { return blur_strength > 0 ? 2 * blur_strength + 1 : 1; }

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = HsluvOptions;
    describe_criterion(v, &O::criterion);
    v.number("hue_weight", &O::hue_weight, at_least(0), "Factor of the hue.");
    v.number("saturation_weight", &O::saturation_weight, at_least(0), "Factor of the saturation.");
    v.number("lightness_weight", &O::lightness_weight, at_least(0), "Factor of the lightness.");
    v.number("downscale_factor", &O::downscale_factor, between(1, 64),
             "Compares images that are this much smaller.");
    v.number("blur_strength", &O::blur_strength, between(0, 64),
             "Compares images blurred by a Gaussian of this standard deviation, pixels; 0 = off.");
  }
};
std::unique_ptr<Loss> make_loss(const HsluvOptions& options);

}  // namespace sr::recipe
