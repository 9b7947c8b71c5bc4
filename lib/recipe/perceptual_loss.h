#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "recipe/options.h"

namespace sr::recipe {

/// The names of VGG19's layers in the order of torchvision's `features`: conv1_1, relu1_1, conv1_2
/// ... pool5, and with `antialiased` a blur1 ... blur5 behind each pool. The fifth character is the
/// block, 1 to 5, at whose end sides are halved.
const std::vector<std::string>& vgg19_layers(bool antialiased = false);

/// How features are compared: each value by a difference, or (pd, fd) their distributions, or both.
enum class FeatureCriterion {
  kL1,
  kL2,
  kCharbonnier,
  kFrobenius,
  kPd,    ///< projected distribution: sums along the pixels of each channel
  kFd,    ///< Fourier distribution: sorted projections of spectra
  kPdL1,  ///< pd of some layers, l1 of others, see alpha
  kFdL1
};

/// Perceptual loss (Johnson, Alahi & Fei-Fei 2016): the criterion of VGG19's feature maps of output
/// and gt, summed with layer_weights, times perceptual_weight; plus, with style_weight, that of
/// their Gram matrices. With the criteria pd and fd (traiNNer-redux) a layer's term is (1 - alpha)
/// times l1 plus alpha times w_lambda times the distance of distributions.
struct PerceptualOptions {
  FeatureCriterion criterion = FeatureCriterion::kCharbonnier;
  std::string weights = "experiments/pretrained_models/vgg19.safetensors";
  std::map<std::string, double> layer_weights{
      {"conv1_2", 0.1}, {"conv2_2", 0.1}, {"conv3_4", 1}, {"conv4_4", 1}, {"conv5_4", 1}};
  std::vector<double> alpha{};  ///< of each layer in the order of the network; empty = 0 or 1
  double w_lambda = 0.01;
  int num_proj_fd = 256;
  double phase_weight_fd = 1;
  int stride_fd = 1;
  double clip_min = 0;
  bool antialiased = false;
  bool use_input_norm = true;
  bool range_norm = false;
  bool replicate_padding = true;
  double perceptual_weight = 1;
  double style_weight = 0;
  friend bool operator==(const PerceptualOptions&, const PerceptualOptions&) = default;

  int smallest_side() const;  ///< of images, pixels: the deepest layer is large enough
  /// What of these settings does not fit together, or nothing.
  std::optional<std::string> problem() const;

  bool compares_distributions() const;
  bool compares_values() const;  ///< all but pd and fd alone
  /// The names of layer_weights in the order of the network.
  std::vector<std::string> layers() const;
  /// alpha of each of them: 0 where there are no distributions, else as given, else 0 for a
  /// convolution and 1 for others.
  std::vector<double> alphas() const;
  /// The layers that traiNNer-redux compares where a file names none: before their ReLU, behind it
  /// for distributions, both for both.
  static std::map<std::string, double> layers_of(FeatureCriterion criterion);

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = PerceptualOptions;
    v.choice("criterion", &O::criterion,
             Names<FeatureCriterion>{{"l1", FeatureCriterion::kL1},
                                     {"l2", FeatureCriterion::kL2},
                                     {"charbonnier", FeatureCriterion::kCharbonnier},
                                     {"fro", FeatureCriterion::kFrobenius},
                                     {"pd", FeatureCriterion::kPd},
                                     {"fd", FeatureCriterion::kFd},
                                     {"pd+l1", FeatureCriterion::kPdL1},
                                     {"fd+l1", FeatureCriterion::kFdL1},
                                     {"chc", FeatureCriterion::kCharbonnier}},
             kCriterionHelp);
    v.path("weights", &O::weights, "File with the weights of torchvision's vgg19.");
    v.factors("layer_weights", &O::layer_weights, &layer_problem,
              "VGG19's layers (conv1_1 before its ReLU, relu1_1, pool1 ...) and their factors; "
              "those of the criterion where a file has none (docs/losses.md).");
    v.numbers(
        "alpha", &O::alpha, between(0, 1),
        "Of each layer, in the network's order, the share of pd or fd; the rest is l1. [] = 0 "
        "for conv layers and 1 for others.");
    v.number("w_lambda", &O::w_lambda, at_least(0), "Factor of pd and fd.");
    v.number("num_proj_fd", &O::num_proj_fd, between(1, 4096), "Projections of fd.");
    v.number("phase_weight_fd", &O::phase_weight_fd, at_least(0), "Factor of the phases of fd.");
    v.number("stride_fd", &O::stride_fd, between(1, 64), "Step of the projections of fd, pixels.");
    v.number("clip_min", &O::clip_min, at_least(0), "The loss is at least this.");
    v.flag("antialiased", &O::antialiased,
           "VGG19 whose pools blur (Zhang 2019); it has weights of its own.");
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
