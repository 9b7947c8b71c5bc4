#pragma once

#include <memory>

#include "loss/loss.h"
#include "nn/feature_stack.h"
#include "recipe/perceptual_anime_loss.h"

namespace sr {

/// The loss of these options with weights that are at hand, by torchvision's names of resnet50;
/// `options.weights` is not read. Throws CheckpointError as feature_weight().
std::unique_ptr<Loss> make_perceptual_anime_loss(const recipe::PerceptualAnimeOptions& options,
                                                 const FeatureStack::Weights& weights);

}  // namespace sr
