#pragma once

#include <memory>

#include "loss/loss.h"
#include "nn/feature_stack.h"
#include "recipe/line_distiller_loss.h"

namespace sr {

/// The loss of these options with weights that are at hand, by traiNNer-redux's names;
/// `options.weights` is not read. Throws CheckpointError as feature_weight().
std::unique_ptr<Loss> make_line_distiller_loss(const recipe::LineDistillerOptions& options,
                                               const FeatureStack::Weights& weights);

}  // namespace sr
