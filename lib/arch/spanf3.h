#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// SPANF3; the graph is in nn/spanf3.h.
struct SpanF3Options {
  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  int feature_channels = 48;
  int num_blocks = 6;
  bool bias = true;
  bool unshuffle_mod = true;

  int input_channels() const { return num_in_ch; }
  /// Of the pixel unshuffle at the input; 1 = none.
  int fold(int scale) const { return unshuffle_mod && scale < 3 ? 4 / scale : 1; }
  friend bool operator==(const SpanF3Options&, const SpanF3Options&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SpanF3Options;
    v.number("num_in_ch", &O::num_in_ch, arch::input_channels(), kInputChannelsHelp).alias("in_nc");
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp).alias("out_nc");
    v.number("feature_channels", &O::feature_channels, features(), "Features of the blocks.");
    v.number("num_blocks", &O::num_blocks, blocks(), "Attention blocks.");
    v.flag("bias", &O::bias, "Has no effect, as in the other trainers' network: all have a bias.");
    v.flag("unshuffle_mod", &O::unshuffle_mod,
           "Scales 1 and 2: a 4x network on the input folded by 4 or 2, which is faster.");
  }

  /// A folded input is known by its channels.
  static std::optional<Recognised<SpanF3Options>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
