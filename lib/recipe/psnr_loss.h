#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// traiNNer-redux's and NAFNet's (Chen et al. 2022): the mean over samples of 10 log10(mean squared
/// difference + 1e-8), which is -PSNR in dB and -80 where the images are equal; with to_y of
/// BT.601's luma (16 to 235 of 255).
struct PsnrOptions {
  bool to_y = false;
  friend bool operator==(const PsnrOptions&, const PsnrOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.flag("to_y", &PsnrOptions::to_y, "Compares BT.601 luma instead of R, G and B.");
  }
};
std::unique_ptr<Loss> make_loss(const PsnrOptions& options);

}  // namespace sr::recipe
