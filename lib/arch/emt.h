#pragma once

#include <optional>
#include <vector>

#include "arch/batch_statistics.h"
#include "arch/options.h"
#include "arch/tensor_shapes.h"
#include "arch/window.h"

namespace sr::arch {

/// EMT; the graph is in nn/emt.h.
struct EmtOptions {
  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  WindowUpsampler upsampler = WindowUpsampler::kPixelShuffle;
  int dim = 60;
  int n_blocks = 6;
  int n_layers = 6;
  int num_heads = 3;
  int mlp_ratio = 2;
  int n_gtls = 2;
  std::vector<std::vector<int>> window_list{{32, 8}, {8, 32}};
  std::vector<std::vector<int>> shift_list{{16, 4}, {4, 16}};
  bool use_checkpoint = false;
  bool frozen_statistics = false;

  static constexpr int kDirections = 5;  ///< four sides and none

  int input_channels() const { return num_in_ch; }
  bool mixes_samples() const { return !frozen_statistics; }
  /// Pixels that all sides of windows divide.
  int grid() const;
  friend bool operator==(const EmtOptions&, const EmtOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = EmtOptions;
    v.number("num_in_ch", &O::num_in_ch, output_channels(), "Input channels (RGB).");
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp);
    v.choice("upsampler", &O::upsampler,
             Names<WindowUpsampler>{{"pixelshuffle", WindowUpsampler::kPixelShuffle},
                                    {"pixelshuffledirect", WindowUpsampler::kPixelShuffleDirect}},
             "pixelshuffle; pixelshuffledirect, one convolution and a shuffle.");
    v.number("dim", &O::dim, features(), "Features of the blocks: a multiple of 5.");
    v.number("n_blocks", &O::n_blocks, blocks(), "Blocks.");
    v.number("n_layers", &O::n_layers, blocks(), "Layers of a block.");
    v.number("num_heads", &O::num_heads, features(),
             "Heads of the attention in each shape of windows.");
    v.number("mlp_ratio", &O::mlp_ratio, between(1, 64),
             "Features inside the perceptron of a layer, as multiples of its own.");
    v.number("n_GTLs", &O::n_gtls, between(0, kMostBlocks),
             "Layers of a block that have attention; those behind them mix neighbouring pixels.");
    v.lists("window_list", &O::window_list, between(1, 64),
            "[height, width] of the windows that attention sees, pixels; each shape sees an equal "
            "share of the features.");
    v.lists("shift_list", &O::shift_list, between(-64, 64),
            "[down, right]: how far the windows of each shape are shifted in every second layer, "
            "pixels; [] for not at all.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
    v.flag("frozen_statistics", &O::frozen_statistics, kFrozenStatisticsHelp);
  }

  std::optional<Impossible> impossible(int scale) const;
  /// num_heads, window_list and shift_list leave no trace: they have their defaults, and files of
  /// features that those do not divide are not recognised.
  static std::optional<Recognised<EmtOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
