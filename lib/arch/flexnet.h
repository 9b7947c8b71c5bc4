#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "arch/block_options.h"
#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// FlexNet and MetaFlexNet; the graph is in nn/flexnet.h.
struct FlexNetOptions {
  /// Groups one behind the other, or a U-Net of four grids.
  enum class Pipeline { kLinear, kMeta };
  enum class Upsampler { kPixelShuffle, kNearestConv, kDySample };

  int inp_channels = kRgb;
  int out_channels = kRgb;
  int dim = 64;
  std::vector<int> num_blocks{6, 6, 6, 6, 6, 6};
  int window_size = kWindow;
  int hidden_rate = 4;
  bool channel_norm = false;
  double attn_drop = 0;
  double proj_drop = 0;
  Pipeline pipeline_type = Pipeline::kLinear;
  Upsampler upsampler = Upsampler::kPixelShuffle;
  bool use_checkpoint = false;

  static constexpr int kWindow = 8;             ///< pixels a side
  static constexpr std::size_t kMetaGrids = 4;  ///< each half as fine as the one before

  int input_channels() const { return inp_channels; }
  /// Pixels of the image in which the windows of all grids are whole.
  int multiple() const {
    return pipeline_type == Pipeline::kMeta ? window_size << (kMetaGrids - 1) : window_size;
  }
  friend bool operator==(const FlexNetOptions&, const FlexNetOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = FlexNetOptions;
    v.number("inp_channels", &O::inp_channels, arch::input_channels(), kInputChannelsHelp);
    v.number("out_channels", &O::out_channels, output_channels(), kOutputChannelsHelp);
    v.number("dim", &O::dim, features(),
             "Features of the blocks; with pipeline_type meta those of the finest grid, an even "
             "number, of which each coarser one has twice as many.");
    v.numbers("num_blocks", &O::num_blocks, blocks(),
              "Blocks of each group; with pipeline_type meta of each of four grids, the finest "
              "first.");
    v.number("window_size", &O::window_size, between(kWindow, kWindow),
             "Side of the windows, pixels: the other trainers' network computes 8 alone.");
    v.number("hidden_rate", &O::hidden_rate, between(1, 64),
             "Features inside the second half of a block by those of the block.");
    v.flag("channel_norm", &O::channel_norm, "The features inside have a norm.");
    v.number("attn_drop", &O::attn_drop, between(0, 0), kNoDropout);
    v.number("proj_drop", &O::proj_drop, between(0, 0), kNoDropout);
    v.choice("pipeline_type", &O::pipeline_type,
             Names<Pipeline>{{"linear", Pipeline::kLinear}, {"meta", Pipeline::kMeta}},
             "linear, groups one behind the other, or meta, a U-Net of four grids.");
    v.choice("upsampler", &O::upsampler,
             Names<Upsampler>{{"pixelshuffle", Upsampler::kPixelShuffle},
                              {"nearest+conv", Upsampler::kNearestConv},
                              {"dysample", Upsampler::kDySample}},
             "How the large image is made.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
  }

  /// Without the values of scale_factor nearest+conv of scale 3 is taken for scale 2.
  static std::optional<Recognised<FlexNetOptions>> recognise(const TensorShapes& shapes);
};

FlexNetOptions metaflexnet();

}  // namespace sr::arch
