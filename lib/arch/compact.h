#pragma once

#include <optional>

#include "arch/options.h"

namespace sr::arch {

enum class Activation { kPrelu, kRelu, kLeakyRelu };

/// SRVGGNetCompact; the graph is in nn/compact.h.
struct CompactOptions {
  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  int num_feat = 64;
  int num_conv = 16;
  Activation act_type = Activation::kPrelu;
  bool learn_residual = true;

  int input_channels() const { return num_in_ch; }
  friend bool operator==(const CompactOptions&, const CompactOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = CompactOptions;
    v.number("num_in_ch", &O::num_in_ch, arch::input_channels(), kInputChannelsHelp).alias("in_nc");
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp).alias("out_nc");
    v.number("num_feat", &O::num_feat, features(), "Features of the hidden layers.")
        .alias("num_filters")
        .alias("nf");
    v.number("num_conv", &O::num_conv, between(0, kMostBlocks),
             "Convolutions between first and last.");
    v.choice("act_type", &O::act_type,
             Names<Activation>{{"prelu", Activation::kPrelu},
                               {"relu", Activation::kRelu},
                               {"leakyrelu", Activation::kLeakyRelu}},
             "Activation.");
    v.flag("learn_residual", &O::learn_residual,
           "The network adds to the input, upscaled by nearest neighbour.");
  }
};

}  // namespace sr::arch
