#pragma once

#include <optional>
#include <string>

#include "recipe/options.h"

namespace sr::recipe {

/// A-DISTS (Ding et al. 2021) as in traiNNer-redux: DISTS in Gaussian windows of each layer of
/// vgg16, where means (texture) and correlations (structure) weigh by how likely a place is to be
/// texture, and channels by the entropy of the output's features.
struct AdistsOptions {
  std::string weights = "experiments/pretrained_models/dists.safetensors";
  int window_size = 21;
  friend bool operator==(const AdistsOptions&, const AdistsOptions&) = default;

  static int smallest_side() { return 16; }  ///< vgg16 halves four times
  /// What of these settings does not fit together, or nothing.
  std::optional<std::string> problem() const {
    return window_size % 3 == 0 ? std::nullopt
                                : std::optional<std::string>("window_size: a multiple of 3");
  }

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = AdistsOptions;
    v.path("weights", &O::weights,
           "File with the weights of torchvision's vgg16; that of distsloss has them.");
    v.number("window_size", &O::window_size, between(3, 255),
             "Side of the windows, pixels of each layer, a multiple of 3; a smaller layer is one "
             "window.");
  }
};
/// Reads the file `weights`: errors as of DistsOptions.
std::unique_ptr<Loss> make_loss(const AdistsOptions& options);

}  // namespace sr::recipe
