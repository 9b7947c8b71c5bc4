#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

enum class RcanActivation { kRelu, kLeakyRelu, kElu, kSilu, kGelu, kNone };

/// RCAN, the residual channel attention network; the graph is in nn/rcan.h.
struct RcanOptions {
  int n_resgroups = 10;
  int n_resblocks = 20;
  int n_feats = 64;
  int n_colors = kRgb;
  int rgb_range = 255;
  bool norm = false;
  int kernel_size = 3;
  int reduction = 16;
  double res_scale = 1;
  RcanActivation act_mode = RcanActivation::kRelu;
  bool unshuffle_mod = false;

  int input_channels() const { return n_colors; }
  friend bool operator==(const RcanOptions&, const RcanOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = RcanOptions;
    v.number("n_resgroups", &O::n_resgroups, blocks(), "Residual groups.");
    v.number("n_resblocks", &O::n_resblocks, blocks(), "Channel attention blocks of a group.");
    v.number("n_feats", &O::n_feats, features(), "Features of the hidden layers.");
    v.number("n_colors", &O::n_colors, output_channels(), "Input and output channels (RGB).");
    v.number("rgb_range", &O::rgb_range, at_least(1),
             "With `norm`: what input in 0 to 1 is multiplied by before its mean is taken off.");
    v.flag("norm", &O::norm, "Takes the mean colour of DIV2K off the input and puts it back.");
    v.number("kernel_size", &O::kernel_size, between(1, kLargestKernel),
             "Side of the kernels outside attention and upscaling; odd.");
    v.number("reduction", &O::reduction, features(),
             "Features by channels of the attention's hidden layer.");
    v.number("res_scale", &O::res_scale, between(1, 1),
             "Nothing but 1: the graph of the other trainers reads it and has no such factor.");
    v.choice("act_mode", &O::act_mode,
             Names<RcanActivation>{{"relu", RcanActivation::kRelu},
                                   {"leaky_relu", RcanActivation::kLeakyRelu},
                                   {"elu", RcanActivation::kElu},
                                   {"silu", RcanActivation::kSilu},
                                   {"gelu", RcanActivation::kGelu},
                                   {"none", RcanActivation::kNone}},
             "Activation of the blocks.");
    v.flag("unshuffle_mod", &O::unshuffle_mod,
           "Scales 1 and 2: a 4x network on the input folded by 4 or 2, which is faster.");
  }

  /// Nothing in a file tells `rgb_range` and `act_mode`: they have their defaults.
  static std::optional<Recognised<RcanOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
