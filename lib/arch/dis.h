#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// DIS, direct image supersampling; the graph is in nn/dis.h.
struct DisOptions {
  int in_channels = kRgb;
  int out_channels = kRgb;
  int num_features = 32;
  int num_blocks = 12;
  bool use_depthwise = false;

  int input_channels() const { return in_channels; }
  /// It has scales 1 to 4.
  std::optional<Impossible> impossible(int scale) const;
  friend bool operator==(const DisOptions&, const DisOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DisOptions;
    v.number("in_channels", &O::in_channels, output_channels(), "Input channels (RGB).");
    v.number("out_channels", &O::out_channels, output_channels(), kOutputChannelsHelp);
    v.number("num_features", &O::num_features, features(), "Features of the hidden layers.");
    v.number("num_blocks", &O::num_blocks, blocks(), "Residual blocks.");
    v.flag("use_depthwise", &O::use_depthwise,
           "Blocks of one depthwise and one 1x1 convolution in place of two 3x3 ones.");
  }

  static std::optional<Recognised<DisOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
