#pragma once

#include <memory>

#include "loss/loss.h"
#include "nn/feature_stack.h"
#include "recipe/dists_loss.h"

namespace sr {

/// The loss of these options with weights that are at hand: vgg16's, and alpha and beta [1, 1475,
/// 1, 1] of DISTS; `options.weights` is not read. Throws CheckpointError as FeatureStack.
std::unique_ptr<Loss> make_dists_loss(const recipe::DistsOptions& options,
                                      const FeatureStack::Weights& weights);

}  // namespace sr
