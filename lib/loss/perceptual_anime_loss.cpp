#include "loss/file_losses.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "loss/classifier.h"
#include "loss/penalty.h"
#include "nn/resnet50.h"

namespace sr {
namespace {

struct Layer {
  std::string convolution;  ///< its name in the network
  double weight;
};

std::vector<Layer> layers_of(const recipe::PerceptualAnimeOptions& options) {
  std::vector<Layer> layers;
  for (const auto& [name, weight] : options.layer_weights) {
    if (const auto convolution = recipe::PerceptualAnimeOptions::convolution(name)) {
      layers.push_back({*convolution, weight});
    }
  }
  return layers;
}

std::vector<std::string> names_of(const std::vector<Layer>& layers) {
  std::vector<std::string> names;
  std::ranges::transform(layers, std::back_inserter(names), &Layer::convolution);
  return names;
}

/// Levels of the network up to the one that holds the deepest of these layers.
std::size_t levels_of(const std::vector<Layer>& layers) {
  std::size_t count = 1;
  for (const Layer& layer : layers) {
    if (layer.convolution.starts_with("layer")) {
      count = std::max(count, static_cast<std::size_t>(layer.convolution[5] - '0') + 1);
    }
  }
  return count;
}

class PerceptualAnimeLoss final : public Loss {
 public:
  PerceptualAnimeLoss(const recipe::PerceptualAnimeOptions& options,
                      const FeatureStack::Weights& weights)
      : criterion_(options.criterion),
        layers_(layers_of(options)),
        levels_(levels_of(layers_)),
        network_(FixedLayers(weights, "ResNet-50", at::kCPU), "", names_of(layers_)) {}

  at::Tensor operator()(const LossImages& images) const override {
    const ResNet50::Taken gt = features(images.gt), output = features(images.output);
    at::Tensor loss;
    for (const Layer& layer : layers_) {
      const at::Tensor term = layer.weight * mean_penalty(output.at(layer.convolution),
                                                          gt.at(layer.convolution), criterion_);
      loss = loss.defined() ? loss + term : term;
    }
    return loss;
  }

  void to(at::Device device, bool channels_last) override { network_.to(device, channels_last); }

 private:
  ResNet50::Taken features(const at::Tensor& images) const {
    ResNet50::Taken taken;
    at::Tensor x = imagenet_normalised(images);
    for (std::size_t level = 0; level < levels_; ++level) {
      x = network_.level(level, x, &taken);
    }
    return taken;
  }

  Criterion criterion_;
  std::vector<Layer> layers_;
  std::size_t levels_;
  ResNet50 network_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const PerceptualAnimeOptions& options,
                                        const FeatureStack::Weights& weights) {
  return std::make_unique<PerceptualAnimeLoss>(options, weights);
}

std::unique_ptr<Loss> recipe::make_loss(const PerceptualAnimeOptions& options) {
  return loss_of_file(
      options, {"perceptualanimeloss", fetch_hint("danbooru-resnet50"), is_of_normalised_network});
}

}  // namespace sr
