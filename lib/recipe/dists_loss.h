#pragma once

#include <string>

#include "recipe/options.h"

namespace sr::recipe {

/// DISTS (Ding et al. 2020) as a loss, as in traiNNer-redux: one minus the weighted sum, over the
/// channels of the image and of vgg16's five blocks, of how equal means and how correlated values
/// are. At least clip_min, below which nothing is trained.
struct DistsOptions {
  std::string weights = "experiments/pretrained_models/dists.safetensors";
  bool use_input_norm = true;
  double clip_min = 0;
  friend bool operator==(const DistsOptions&, const DistsOptions&) = default;

  static int smallest_side() { return 16; }  ///< vgg16 halves four times

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DistsOptions;
    v.path("weights", &O::weights,
           "File with the weights of torchvision's vgg16 and DISTS' alpha and beta.");
    v.flag("use_input_norm", &O::use_input_norm,
           "Shifts and scales images by ImageNet's mean and deviation.");
    v.number("clip_min", &O::clip_min, at_least(0), "The loss is at least this.");
  }
};
/// Reads the file `weights`; throws ConfigError when there is none, CheckpointError when it holds
/// something else.
std::unique_ptr<Loss> make_loss(const DistsOptions& options);

}  // namespace sr::recipe
