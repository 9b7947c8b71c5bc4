#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// Zhao et al. 2017 (Loss functions for image restoration with neural networks) as traiNNer-redux
/// computes it: alpha (1 - s) + (1 - alpha) |output - gt| blurred like the widest scale, per pixel.
/// Scales are Gaussians of 0.5, 1, 2, 4 and 8 pixels in windows of 33, zeros around the image; s is
/// the product of contrast and structure of R at the narrow scales, G at those between and B at the
/// wide ones, and of B's luminance at the widest.
struct MsSsimL1Options {
  double alpha = 0.1;
  friend bool operator==(const MsSsimL1Options&, const MsSsimL1Options&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.number("alpha", &MsSsimL1Options::alpha, between(0, 1),
             "Share of MS-SSIM; the rest is L1's.");
  }
};
std::unique_ptr<Loss> make_loss(const MsSsimL1Options& options);

}  // namespace sr::recipe
