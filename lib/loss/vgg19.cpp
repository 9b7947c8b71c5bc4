#include "loss/vgg19.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/error.h"
#include "core/path_status.h"
#include "recipe/perceptual_loss.h"

namespace sr {
namespace {

constexpr std::array<std::int64_t, 5> kChannels{64, 128, 256, 512, 512};  ///< of each block

/// By recipe::vgg19_layers().
const std::vector<FeatureLayer>& vgg19() {
  static const std::vector<FeatureLayer> kLayers = [] {
    std::vector<FeatureLayer> layers;
    for (const std::string& layer : recipe::vgg19_layers()) {
      if (layer.starts_with("conv")) {
        layers.push_back(
            convolution(kChannels.at(static_cast<std::size_t>(layer[4] - '1')), 3, 1, 1));
      } else {
        layers.push_back(layer.starts_with("relu") ? FeatureLayer{} : max_pool(2));
      }
    }
    return layers;
  }();
  return kLayers;
}

}  // namespace

std::vector<std::int64_t> vgg19_weight_shape(std::size_t layer) {
  std::int64_t input = 3;
  for (std::size_t i = 0; i < layer; ++i) {
    input = vgg19().at(i).channels > 0 ? vgg19()[i].channels : input;
  }
  const FeatureLayer& wanted = vgg19().at(layer);
  if (wanted.kind != FeatureLayer::Kind::kConvolution) {
    return {};
  }
  return {wanted.channels, input, wanted.kernel, wanted.kernel};
}

FeatureStack make_vgg19(const FeatureStack::Weights& weights,
                        const std::vector<std::string>& layers) {
  const std::vector<std::string>& names = recipe::vgg19_layers();
  FeatureStack::Design design{"torchvision's vgg19", vgg19(), {}};
  for (const std::string& layer : layers) {
    const auto found = std::find(names.begin(), names.end(), layer);
    if (found == names.end()) {
      throw ConfigError(fmt::format("perceptualloss: layer_weights: vgg19 has no layer {}", layer));
    }
    design.taken.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  std::ranges::sort(design.taken);
  return {design, weights};
}

FeatureStack::Weights read_vgg19_weights(const std::string& file) {
  if (!is_there(file)) {
    throw ConfigError(
        file +
        ": no such file. perceptualloss needs the weights of torchvision's vgg19 there (or where "
        "its setting `weights` says). Make the file once, where PyTorch is installed: python -c "
        "\"import torchvision, safetensors.torch as s; "
        "s.save_file(torchvision.models.vgg19(weights='DEFAULT').features"
        ".state_dict(prefix='features.'), 'vgg19.safetensors')\"");
  }
  return read_feature_weights(file,
                              [](std::string_view name) { return name.starts_with("features."); });
}

}  // namespace sr
