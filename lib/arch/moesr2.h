#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"
#include "arch/uni_upsampler.h"

namespace sr::arch {

/// MoESR2; the graph is in nn/moesr2.h.
struct MoEsr2Options {
  int in_ch = kRgb;
  int out_ch = kRgb;
  int dim = 64;
  int n_blocks = 9;
  int n_block = 4;
  double expansion_factor = 8.0 / 3;
  double expansion_msg = 1.5;
  UniUpsampler upsampler = UniUpsampler::kPixelShuffleDirect;
  int upsample_dim = 64;

  static constexpr int kGrid = 2;  ///< pixels of the coarser grid

  int input_channels() const { return in_ch; }
  friend bool operator==(const MoEsr2Options&, const MoEsr2Options&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = MoEsr2Options;
    v.number("in_ch", &O::in_ch, sr::arch::input_channels(), kInputChannelsHelp);
    v.number("out_ch", &O::out_ch, output_channels(), kOutputChannelsHelp);
    v.number("dim", &O::dim, between(8, kMostFeatures), "Features of the blocks: a multiple of 4.");
    v.number("n_blocks", &O::n_blocks, blocks(), "Groups.");
    v.number("n_block", &O::n_block, blocks(), "Gated blocks of a group.");
    v.number("expansion_factor", &O::expansion_factor, between(1, kLargestWidening),
             "Features inside a gated block by `dim`.");
    v.number("expansion_msg", &O::expansion_msg, between(1, kLargestWidening),
             "The same in the three blocks on the grid half as fine at the end of a group.");
    v.choice("upsampler", &O::upsampler, first_uni_upsamplers(), "How the large image is made.");
    v.number("upsample_dim", &O::upsample_dim, features(),
             "Features of the upsampler pixelshuffle.");
  }

  static std::optional<Recognised<MoEsr2Options>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
