#pragma once

#include <memory>

#include "loss/loss.h"
#include "nn/feature_stack.h"
#include "recipe/losses.h"

// Losses that look through a network, with weights that are at hand: `options.weights`, the file
// that make_loss(options) reads them from, is not read. Throw CheckpointError, the reason alone,
// for other weights.

namespace sr::recipe {

/// vgg19's, for `options.antialiased` those of antialiased-cnns.
std::unique_ptr<Loss> make_loss(const PerceptualOptions& options,
                                const FeatureStack::Weights& weights);
/// vgg19's.
std::unique_ptr<Loss> make_loss(const ContextualOptions& options,
                                const FeatureStack::Weights& weights);
std::unique_ptr<Loss> make_loss(const StructureTextureOptions& options,
                                const FeatureStack::Weights& weights);
/// vgg16's, and alpha and beta [1, 1475, 1, 1] of DISTS.
std::unique_ptr<Loss> make_loss(const DistsOptions& options, const FeatureStack::Weights& weights);
/// vgg16's.
std::unique_ptr<Loss> make_loss(const AdistsOptions& options, const FeatureStack::Weights& weights);
/// ResNet-50's, by torchvision's names.
std::unique_ptr<Loss> make_loss(const PerceptualAnimeOptions& options,
                                const FeatureStack::Weights& weights);
/// The line distiller's, by traiNNer-redux's names.
std::unique_ptr<Loss> make_loss(const LineDistillerOptions& options,
                                const FeatureStack::Weights& weights);

/// The autoencoder's, by traiNNer-redux's names: conv_first, body, conv_last (or encoder.N) and
/// decoder.
std::unique_ptr<Loss> make_loss(const AesopOptions& options, const FeatureStack::Weights& weights);

}  // namespace sr::recipe
