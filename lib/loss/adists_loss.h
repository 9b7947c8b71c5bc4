#pragma once

#include <memory>

#include "loss/loss.h"
#include "nn/feature_stack.h"
#include "recipe/adists_loss.h"

namespace sr {

/// The loss of these options with vgg16's weights that are at hand; `options.weights` is not read.
std::unique_ptr<Loss> make_adists_loss(const recipe::AdistsOptions& options,
                                       const FeatureStack::Weights& weights);

}  // namespace sr
