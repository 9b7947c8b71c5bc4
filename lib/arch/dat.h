#pragma once

#include <optional>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"
#include "arch/window.h"

namespace sr::arch {

/// DAT; the graph is in nn/dat.h.
struct DatOptions {
  int img_size = 64;
  int in_chans = kRgb;
  int embed_dim = 180;
  std::vector<int> split_size{8, 32};
  std::vector<int> depth{6, 6, 6, 6, 6, 6};
  std::vector<int> num_heads{6, 6, 6, 6, 6, 6};
  double expansion_factor = 4;
  bool qkv_bias = true;
  double qk_scale = 0;
  double drop_rate = 0;
  double attn_drop_rate = 0;
  double drop_path_rate = 0.1;
  bool use_checkpoint = false;
  double img_range = 1;
  WindowUpsampler upsampler = WindowUpsampler::kPixelShuffle;
  ResidualConnection resi_connection = ResidualConnection::kOneConv;
  bool unshuffle_mod = false;
  bool frozen_statistics = false;

  int input_channels() const { return in_chans; }
  bool mixes_samples() const { return !frozen_statistics; }
  friend bool operator==(const DatOptions&, const DatOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DatOptions;
    v.number("img_size", &O::img_size, between(1, kMostFeatures),
             "Image side that the masks in weight files are for, pixels: a multiple of both sides "
             "of split_size. Images may have any size.");
    v.number("in_chans", &O::in_chans, output_channels(), "Input and output channels (RGB).");
    v.number("embed_dim", &O::embed_dim, features(), "Features of the blocks.");
    v.numbers("split_size", &O::split_size, between(1, 64),
              "Sides of the windows that attention sees, pixels: half of the features are seen in "
              "windows of the first by the second, half in windows of the second by the first.");
    v.numbers("depth", &O::depth, blocks(), "One group an entry: its blocks.");
    v.numbers("num_heads", &O::num_heads, features(), "Heads of the attention, one entry a group.");
    v.number("expansion_factor", &O::expansion_factor, more_than(0),
             "Features inside the feed-forward part of a block, as multiples of its own.");
    v.flag("qkv_bias", &O::qkv_bias, "Queries, keys and values have a bias.");
    v.number("qk_scale", &O::qk_scale, at_least(0),
             "Factor of the queries of windows; 0: 1 / sqrt(features of a head).");
    v.number("drop_rate", &O::drop_rate, between(0, 0), kNoDropout);
    v.number("attn_drop_rate", &O::attn_drop_rate, between(0, 0), kNoDropout);
    v.number("drop_path_rate", &O::drop_path_rate, below(0, 1),
             "Share of samples that skip a branch of the last block in training; it rises linearly "
             "from 0 over the blocks.");
    v.flag("use_checkpoint", &O::use_checkpoint,
           "Blocks keep their input alone and are computed again in backward: less memory, slower, "
           "the same weights. train.recompute sets it.")
        .alias("use_chk");
    v.number("img_range", &O::img_range, more_than(0), "What input is multiplied by.");
    v.choice("upsampler", &O::upsampler,
             Names<WindowUpsampler>{{"pixelshuffle", WindowUpsampler::kPixelShuffle},
                                    {"pixelshuffledirect", WindowUpsampler::kPixelShuffleDirect}},
             "pixelshuffle; pixelshuffledirect, one convolution and a shuffle.");
    v.choice("resi_connection", &O::resi_connection, convolution_connections(), kConvolutionsHelp);
    v.flag("unshuffle_mod", &O::unshuffle_mod,
           "At scales 1 and 2 a 4x network on the input folded by 4 or 2.");
    v.flag("frozen_statistics", &O::frozen_statistics,
           "Training normalises by the running averages of BatchNorm, as validation does, and "
           "leaves them alone: for fine-tuning and batches of one sample.");
  }

  /// The input is folded by this before the first convolution.
  int fold(int scale) const { return unshuffle_mod && scale < 3 ? 4 / scale : 1; }
  std::optional<Impossible> impossible(int scale) const;

  /// Windows of 8x32 and of 32x8 have the same tensors: the shorter side is taken for the first.
  /// qk_scale, img_range, drop_path_rate and frozen_statistics leave no trace and have their
  /// defaults.
  static std::optional<Recognised<DatOptions>> recognise(const TensorShapes& shapes);
};

DatOptions dat_s();
DatOptions dat_2();
DatOptions dat_2_l();
DatOptions dat_light();

}  // namespace sr::arch
