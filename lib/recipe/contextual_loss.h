#pragma once

#include <map>
#include <optional>
#include <string>

#include "recipe/options.h"

namespace sr::recipe {

enum class FeatureDistance { kCosine, kL1, kL2 };

/// Whose features look for their like: gt's in the output (regular), each in the other (symmetric),
/// or (bilateral) gt's in the rows of the output, near places a little preferred.
enum class ContextualForm { kRegular, kSymmetric, kBilateral };

/// Contextual loss (Mechrez, Talmi & Zelnik-Manor 2018) with the choices of traiNNer-redux: of the
/// distances d of all pairs of positions in VGG19's features, d / (smallest d of the output's
/// position + 1e-5) goes through exp((b - .) / band_width) and is scaled to sum 1 over gt's
/// positions; the loss is -log of the mean, over gt's positions, of the largest.
struct ContextualOptions {
  std::string weights = "experiments/pretrained_models/vgg19.safetensors";
  std::map<std::string, double> layer_weights{{"conv3_2", 1}, {"conv4_2", 1}};
  bool crop_quarter = false;
  int max_1d_size = 100;
  FeatureDistance distance_type = FeatureDistance::kCosine;
  double b = 1;
  double band_width = 0.5;
  bool use_vgg = true;
  ContextualForm calc_type = ContextualForm::kRegular;
  bool z_norm = false;
  friend bool operator==(const ContextualOptions&, const ContextualOptions&) = default;

  int smallest_side() const;  ///< of images, pixels: there are two positions to choose from

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = ContextualOptions;
    v.path("weights", &O::weights, "File with the weights of torchvision's vgg19.");
    v.factors("layer_weights", &O::layer_weights, &layer_problem,
              "VGG19's layers and their factors; conv_3_2, as traiNNer-redux writes them, is "
              "conv3_2.");
    v.flag("crop_quarter", &O::crop_quarter, "Compares each quarter of the features by itself.");
    v.number("max_1d_size", &O::max_1d_size, between(2, 1024),
             "Of features with more than the square of this positions so many are taken, spread "
             "over the image; memory grows with its fourth power.");
    v.choice("distance_type", &O::distance_type,
             Names<FeatureDistance>{{"cosine", FeatureDistance::kCosine},
                                    {"l1", FeatureDistance::kL1},
                                    {"l2", FeatureDistance::kL2}},
             "Between features; cosine is that of their differences from gt's mean in the batch.");
    v.number("b", &O::b, between(-10, 10),
             "Shifts the distances; without effect but for rounding.");
    v.number("band_width", &O::band_width, between(0.01, 100),
             "Small: only the nearest feature counts.");
    v.flag("use_vgg", &O::use_vgg, "false compares the colours of pixels instead of features.");
    v.choice("calc_type", &O::calc_type,
             Names<ContextualForm>{{"regular", ContextualForm::kRegular},
                                   {"symetric", ContextualForm::kSymmetric},
                                   {"bilateral", ContextualForm::kBilateral},
                                   {"symmetric", ContextualForm::kSymmetric}},
             "Who looks for whom: gt's features in the output's, each in the other's, or gt's in "
             "the output's with near places preferred.");
    v.flag(
        "z_norm", &O::z_norm,
        "Maps images from -1 ... 1 to 0 ... 1 and by ImageNet's mean and deviation; else 0 ... 1 "
        "to -1 ... 1.");
  }

  /// What is wrong with the name of a layer, or nothing.
  static std::optional<std::string> layer_problem(const std::string& name);
  /// layer_weights by VGG19's own names.
  std::map<std::string, double> layers() const;
};
/// Reads the file `weights` unless use_vgg is false: errors as read_vgg19_weights().
std::unique_ptr<Loss> make_loss(const ContextualOptions& options);

}  // namespace sr::recipe
