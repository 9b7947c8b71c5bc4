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

/// torchvision's `features`, and alpha and beta of DISTS.
bool is_of_classifier(std::string_view name);
/// All that a network with batch normalisation computes with.
bool is_of_normalised_network(std::string_view name);

/// A file of weights that a loss needs.
struct WeightFile {
  std::string_view type;  ///< of the loss
  std::string origin;     ///< what makes such a file, a sentence: fetch_hint()
  bool (*wanted)(std::string_view name) = &is_of_classifier;  ///< others are not read
};

using MakeLoss = std::function<std::unique_ptr<Loss>(const FeatureStack::Weights& weights)>;

/// What `make` makes of the weights in `path`. Throws ConfigError when there is no file,
/// CheckpointError "<file>: <reason>" when it cannot be read or `make` throws one.
std::unique_ptr<Loss> loss_with_weights(const std::string& path, const WeightFile& file,
                                        const MakeLoss& make);

/// The loss of these options (file_losses.h) with the weights in the file that they name.
template <typename Options>
std::unique_ptr<Loss> loss_of_file(const Options& options, const WeightFile& file) {
  return loss_with_weights(options.weights, file, [&](const FeatureStack::Weights& weights) {
    return make_loss(options, weights);
  });
}

}  // namespace sr
