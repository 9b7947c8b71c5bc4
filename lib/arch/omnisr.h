#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// OmniSR; the graph is in nn/omnisr.h.
struct OmniSrOptions {
  static constexpr int kHeads = 4;

  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  int num_feat = 64;
  int block_num = 1;
  bool pe = true;
  int window_size = 8;
  int res_num = 5;
  bool bias = true;
  bool use_checkpoint = false;

  int input_channels() const { return num_in_ch; }
  friend bool operator==(const OmniSrOptions&, const OmniSrOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = OmniSrOptions;
    v.number("num_in_ch", &O::num_in_ch, arch::input_channels(), kInputChannelsHelp).alias("in_nc");
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp).alias("out_nc");
    v.number("num_feat", &O::num_feat, features(), "Features of the hidden layers.");
    v.number("block_num", &O::block_num, blocks(), "Blocks in a group.");
    v.flag("pe", &O::pe, "Attention knows the relative positions of pixels.");
    v.number("window_size", &O::window_size, between(2, 64),
             "Side of the windows and of the grids that attention sees, pixels.");
    v.number("res_num", &O::res_num, blocks(), "Groups.");
    v.flag("bias", &O::bias, "Convolutions outside of the blocks have a bias.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
  }

  /// Without `pe` nothing in a file tells window_size: it has its default.
  static std::optional<Recognised<OmniSrOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
