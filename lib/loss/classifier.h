#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "loss/loss.h"
#include "nn/feature_stack.h"

// What the losses share that look through a classifier of torchvision.

namespace sr {

/// Images [N, 3, H, W] of 0 to 1 as torchvision's weights expect them: shifted and scaled by the
/// mean and deviation of ImageNet's RGB values.
at::Tensor imagenet_normalised(const at::Tensor& images);

/// Adds "scripts/fetch_weights.py <kind> makes such a file ..." to what is wrong with a file.
std::string fetch_hint(std::string_view kind);

using MakeLoss = std::function<std::unique_ptr<Loss>(const FeatureStack::Weights& weights)>;
using WantedWeight = std::function<bool(std::string_view name)>;

/// torchvision's `features`, and alpha and beta of DISTS.
bool is_of_classifier(std::string_view name);
/// All that a network with batch normalisation computes with.
bool is_of_normalised_network(std::string_view name);

/// The loss of the tensors in a file that scripts/fetch_weights.py makes as `kind`. `type`: of the
/// loss. Throws ConfigError when there is no file, CheckpointError "<file>: <reason>" when it
/// cannot be read or `make` throws one.
std::unique_ptr<Loss> loss_with_weights(const std::string& file, std::string_view type,
                                        std::string_view kind, const MakeLoss& make,
                                        const WantedWeight& wanted = is_of_classifier);

}  // namespace sr
