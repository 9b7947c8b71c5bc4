#include "loss/vgg19.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/error.h"
#include "core/path_status.h"
#include "loss/classifier.h"
#include "recipe/perceptual_loss.h"

namespace sr {
namespace {

constexpr std::array<std::int64_t, 5> kChannels{64, 128, 256, 512, 512};  ///< of each block

FeatureLayer layer_named(const std::string& name, bool antialiased) {
  if (name.starts_with("conv")) {
    return convolution(kChannels.at(static_cast<std::size_t>(name[4] - '1')), 3, 1, 1);
  }
  if (name.starts_with("relu")) {
    return {};
  }
  if (name.starts_with("blur")) {
    return blur_pool();
  }
  FeatureLayer pool = max_pool(2);
  pool.stride = antialiased ? 1 : 2;
  return pool;
}

}  // namespace

FeatureStack::Design vgg19_design(const std::vector<std::string>& layers, bool antialiased) {
  const std::vector<std::string>& names = recipe::vgg19_layers(antialiased);
  FeatureStack::Design design{
      antialiased ? "antialiased-cnns' vgg19" : "torchvision's vgg19", {}, {}};
  for (const std::string& name : names) {
    design.layers.push_back(layer_named(name, antialiased));
  }
  for (const std::string& layer : layers) {
    const auto found = std::find(names.begin(), names.end(), layer);
    if (found == names.end()) {
      throw ConfigError(fmt::format("layer_weights: vgg19 has no layer {}", layer));
    }
    design.taken.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  std::ranges::sort(design.taken);
  return design;
}

FeatureStack::Weights read_vgg19_weights(const std::string& file, std::string_view type,
                                         bool antialiased) {
  if (!is_there(file)) {
    std::string message = fmt::format(
        "{}: no such file. {} needs the weights of {} vgg19 there (or where its setting `weights` "
        "says). ",
        file, type, antialiased ? "the antialiased" : "torchvision's");
    if (antialiased) {
      throw ConfigError(message + fetch_hint("vgg19-antialiased"));
    }
    throw ConfigError(
        message +
        "Make the file once, where PyTorch is installed: python -c \"import torchvision, "
        "safetensors.torch as s; s.save_file(torchvision.models.vgg19(weights='DEFAULT').features"
        ".state_dict(prefix='features.'), 'vgg19.safetensors')\"");
  }
  return read_feature_weights(file, [](std::string_view name) {
    return name.starts_with("features.") && !name.ends_with(".filt");
  });
}

}  // namespace sr
