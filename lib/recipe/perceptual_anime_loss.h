#pragma once

#include <map>
#include <optional>
#include <string>

#include "recipe/options.h"

namespace sr::recipe {

/// The perceptual loss of APISR (Wang et al. 2024) as in traiNNer-redux: the criterion of the
/// features of a ResNet-50 that tells the tags of drawings (danbooru-pretrained), summed with
/// layer_weights.
struct PerceptualAnimeOptions {
  Criterion criterion = Criterion::kL1;
  std::string weights = "experiments/pretrained_models/danbooru_resnet50.safetensors";
  std::map<std::string, double> layer_weights{
      {"0", 0.1}, {"4_2_conv3", 20}, {"5_3_conv3", 25}, {"6_5_conv3", 1}, {"7_2_conv3", 1}};
  friend bool operator==(const PerceptualAnimeOptions&, const PerceptualAnimeOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = PerceptualAnimeOptions;
    describe_criterion(v, &O::criterion);
    v.path("weights", &O::weights, "File with the weights of danbooru-pretrained's ResNet-50.");
    v.factors("layer_weights", &O::layer_weights, &layer_problem,
              "ResNet-50's convolutions and their factors: 0 the first one, 4_2_conv3 the third "
              "one of block 2 in the first stage, up to 7_2_conv3; what they make before it is "
              "normalised.");
  }

  /// torchvision's name of a layer, conv1 or layer1.2.conv3; nothing when there is none.
  static std::optional<std::string> convolution(const std::string& layer) {
    constexpr std::string_view kBlocks = "3463";  // of the stages 4, 5, 6, 7
    if (layer == "0") {
      return "conv1";
    }
    if (layer.size() != 9 || layer[0] < '4' || layer[0] > '7' || layer[1] != '_' ||
        layer[2] < '0' || layer[2] >= kBlocks[static_cast<std::size_t>(layer[0] - '4')] ||
        layer.substr(3, 5) != "_conv" || layer[8] < '1' || layer[8] > '3') {
      return std::nullopt;
    }
    const auto stage = static_cast<char>(layer[0] - 3);
    return std::string("layer") + stage + '.' + layer[2] + '.' + layer.substr(4);
  }

  /// What is wrong with the name of a layer, or nothing.
  static std::optional<std::string> layer_problem(const std::string& name) {
    return convolution(name)
               ? std::nullopt
               : std::optional<std::string>("ResNet-50 has no convolution '" + name +
                                            "'; it has 0 and 4_0_conv1 ... 7_2_conv3");
  }
};
/// Reads the file `weights`; throws ConfigError when there is none, CheckpointError when it holds
/// something else.
std::unique_ptr<Loss> make_loss(const PerceptualAnimeOptions& options);

}  // namespace sr::recipe
