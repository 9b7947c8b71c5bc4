#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "recipe/options.h"

namespace sr::recipe {

/// The names of VGG19's layers in the order of torchvision's `features`: conv1_1, relu1_1, conv1_2
/// ... pool5. The fifth character is the block, 1 to 5, at whose end a pool halves the sides.
const std::vector<std::string>& vgg19_layers();

/// Perceptual loss (Johnson, Alahi & Fei-Fei 2016): the criterion of VGG19's feature maps of output
/// and gt, summed with layer_weights, times perceptual_weight; plus, with style_weight, that of
/// their Gram matrices.
struct PerceptualOptions {
  Criterion criterion = Criterion::kCharbonnier;
  std::string weights = "experiments/pretrained_models/vgg19.safetensors";
  std::map<std::string, double> layer_weights{
      {"conv1_2", 0.1}, {"conv2_2", 0.1}, {"conv3_4", 1}, {"conv4_4", 1}, {"conv5_4", 1}};
  bool use_input_norm = true;
  bool range_norm = false;
  bool replicate_padding = true;
  double perceptual_weight = 1;
  double style_weight = 0;
  friend bool operator==(const PerceptualOptions&, const PerceptualOptions&) = default;

  int smallest_side() const;  ///< of images, pixels: the deepest layer is not empty

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = PerceptualOptions;
    v.choice("criterion", &O::criterion,
             Names<Criterion>{{"l1", Criterion::kL1},
                              {"l2", Criterion::kL2},
                              {"charbonnier", Criterion::kCharbonnier},
                              {"fro", Criterion::kFrobenius},
                              {"chc", Criterion::kCharbonnier}},
             kCriterionHelp);
    v.path("weights", &O::weights, "File with the weights of torchvision's vgg19.");
    v.factors("layer_weights", &O::layer_weights, &layer_problem,
              "VGG19's layers (conv1_1 before its ReLU, relu1_1, pool1 ...) and their factors.");
    v.flag("use_input_norm", &O::use_input_norm,
           "Shifts and scales images by ImageNet's mean and deviation.");
    v.flag("range_norm", &O::range_norm, "Maps images from -1 ... 1 to 0 ... 1 before.");
    v.flag("replicate_padding", &O::replicate_padding,
           "The first convolution repeats the image's border instead of seeing black; false in "
           "BasicSR and for `perceptual_opt`.");
    v.number("perceptual_weight", &O::perceptual_weight, at_least(0), "Factor of the features.");
    v.number("style_weight", &O::style_weight, at_least(0),
             "Factor of the Gram matrices; 0 = off.");
  }

  /// What is wrong with the name of a layer, or nothing.
  static std::optional<std::string> layer_problem(const std::string& name);
};
/// Reads the file `weights`: errors as read_vgg19_weights() and make_vgg19().
std::unique_ptr<Loss> make_loss(const PerceptualOptions& options);

}  // namespace sr::recipe
