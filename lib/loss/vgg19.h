#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "loss/loss.h"
#include "nn/feature_stack.h"

namespace sr {

/// torchvision's vgg19 (Simonyan & Zisserman 2015) with the layers recipe::vgg19_layers() names; a
/// conv is taken before its ReLU. `antialiased`: that of the package antialiased-cnns, whose pools
/// step by 1 and are followed by a blur that steps by 2 (Zhang 2019). Throws ConfigError for an
/// unknown layer.
FeatureStack::Design vgg19_design(const std::vector<std::string>& layers, bool antialiased = false);

/// The weights in a file of torchvision's state dict. `type`: of the loss that needs them. Throws
/// ConfigError saying how to make the file when there is none, CheckpointError when it cannot be
/// read.
FeatureStack::Weights read_vgg19_weights(const std::string& file, std::string_view type,
                                         bool antialiased);

/// The loss of these options (file_losses.h) with the weights in the file that they name; errors as
/// read_vgg19_weights(), and CheckpointError "<file>: <reason>".
template <typename Options>
std::unique_ptr<Loss> loss_with_vgg19(const Options& options, std::string_view type,
                                      bool antialiased = false) {
  const FeatureStack::Weights weights = read_vgg19_weights(options.weights, type, antialiased);
  try {
    return make_loss(options, weights);
  } catch (const CheckpointError& error) {
    throw CheckpointError(options.weights + ": " + error.what());
  }
}

}  // namespace sr
