#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// Zhao et al. 2017 (Loss functions for image restoration with neural networks) as traiNNer-redux
/// computes it: alpha (1 - l cs) + (1 - alpha) |output - gt| blurred like the widest scale, per
/// pixel. Scales are Gaussians of 0.5, 1, 2, 4 and 8 pixels in windows of 33, zeros around the
/// image; l is the product of the luminance terms of the widest one over R, G and B, cs that of all
/// contrast and structure terms.
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
