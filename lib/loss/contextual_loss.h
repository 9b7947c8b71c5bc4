#pragma once

#include <memory>

#include "loss/loss.h"
#include "nn/feature_stack.h"
#include "recipe/contextual_loss.h"

namespace sr {

/// The loss of these options with vgg19's weights that are at hand; `options.weights` is not read.
std::unique_ptr<Loss> make_contextual_loss(const recipe::ContextualOptions& options,
                                           const FeatureStack::Weights& weights);

}  // namespace sr
