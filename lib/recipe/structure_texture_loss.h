#pragma once

#include <map>
#include <optional>
#include <string>

#include "recipe/mssim_loss.h"
#include "recipe/options.h"
#include "recipe/perceptual_loss.h"

namespace sr::recipe {

/// structuretextureloss of traiNNer-redux: pixel_weight * (1 - MS-SSIM where gt has edges) +
/// perceptual_weight * (difference of VGG19's features where it has none). With m the magnitude of
/// gt's Sobel gradient (/ 4, of luma), an edge weighs w = sigmoid(structure_k * (m -
/// structure_t)); a place without one weighs 1 + sigmoid(-structure_k * structure_t) - w. Scales
/// and layers see the weights shrunk to their size; a scale's mean is at least 1e-8.
struct StructureTextureOptions {
  std::string weights = "experiments/pretrained_models/vgg19.safetensors";
  double pixel_weight = 1;
  double perceptual_weight = 1;
  std::map<std::string, double> layer_weights = PerceptualOptions{}.layer_weights;
  double structure_k = 10;
  double structure_t = 0.1;
  bool test_y_channel = true;
  LumaSpace color_space = LumaSpace::kYiq;
  bool include_luminance = false;
  friend bool operator==(const StructureTextureOptions&, const StructureTextureOptions&) = default;

  int smallest_side() const;  ///< of images, pixels: the deepest layer is large enough

  /// What of these settings does not fit together, or nothing.
  std::optional<std::string> problem() const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = StructureTextureOptions;
    v.path("weights", &O::weights, "File with the weights of torchvision's vgg19.");
    v.number("pixel_weight", &O::pixel_weight, at_least(0), "Factor of the edges' MS-SSIM.");
    v.number("perceptual_weight", &O::perceptual_weight, at_least(0),
             "Factor of the features; with 0 there needs to be no file of weights.");
    v.factors("layer_weights", &O::layer_weights, &layer_problem,
              "VGG19's layers (conv1_1 before its ReLU, relu1_1, pool1 ...) and their factors.");
    v.number("structure_k", &O::structure_k, at_least(0),
             "How sharply edges and the rest are told apart.");
    v.number("structure_t", &O::structure_t, at_least(0),
             "The gradient from which on a pixel is more of an edge than not.");
    describe_luma(v, &O::test_y_channel, &O::color_space);
    v.flag("include_luminance", &O::include_luminance, "Compares local means at the last scale.");
  }

  /// What is wrong with the name of a layer, or nothing.
  static std::optional<std::string> layer_problem(const std::string& name);
};
/// Reads the file `weights` when features count: errors as those of PerceptualOptions.
std::unique_ptr<Loss> make_loss(const StructureTextureOptions& options);

}  // namespace sr::recipe
