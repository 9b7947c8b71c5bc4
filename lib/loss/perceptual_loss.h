#pragma once

#include <memory>

#include "loss/loss.h"
#include "nn/feature_stack.h"
#include "recipe/perceptual_loss.h"

namespace sr {

/// The loss of these options with weights that are at hand; `options.weights` is not read.
std::unique_ptr<Loss> make_perceptual_loss(const recipe::PerceptualOptions& options,
                                           const FeatureStack::Weights& weights);

}  // namespace sr
