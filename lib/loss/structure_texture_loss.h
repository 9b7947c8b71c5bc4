#pragma once

#include <memory>

#include "loss/loss.h"
#include "nn/feature_stack.h"
#include "recipe/structure_texture_loss.h"

namespace sr {

/// The loss of these options with vgg19's weights that are at hand; `options.weights` is not read.
std::unique_ptr<Loss> make_structure_texture_loss(const recipe::StructureTextureOptions& options,
                                                  const FeatureStack::Weights& weights);

}  // namespace sr
