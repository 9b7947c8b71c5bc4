#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// CascadedGaze; the graph is in nn/cascadedgaze.h.
struct CascadedGazeOptions {
  int img_channel = kRgb;
  int width = 60;
  int middle_blk_num = 10;
  std::vector<int> enc_blk_nums{2, 2, 4, 6};
  std::vector<int> dec_blk_nums{2, 2, 2, 2};
  std::vector<int> gce_convs_nums{3, 3, 2, 2};
  bool use_checkpoint = false;

  /// A convolution without padding, by which a block looks further than by the one in front of it.
  struct Gaze {
    int side, stride;
  };
  static constexpr std::array<Gaze, 3> kGazes{{{3, 2}, {3, 3}, {5, 4}}};
  static constexpr std::size_t kMostLevels = 6;

  int input_channels() const { return img_channel; }
  /// Pixels of the coarsest grid.
  int grid() const { return 1 << enc_blk_nums.size(); }
  /// A multiple of grid(): images of fewer pixels a side leave nothing for the last of a block's
  /// convolutions.
  int smallest_side() const;
  friend bool operator==(const CascadedGazeOptions&, const CascadedGazeOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = CascadedGazeOptions;
    v.number("img_channel", &O::img_channel, output_channels(), "Input and output channels (RGB).");
    v.number("width", &O::width, features(),
             "Features of the finest grid; each coarser one has twice as many.");
    v.number("middle_blk_num", &O::middle_blk_num, between(0, kMostBlocks),
             "Blocks on the coarsest grid.");
    v.numbers("enc_blk_nums", &O::enc_blk_nums, between(0, kMostBlocks),
              "Blocks on the way to the coarsest grid, one entry a grid.");
    v.numbers("dec_blk_nums", &O::dec_blk_nums, between(0, kMostBlocks),
              "Blocks on the way back, coarsest first: as many entries.");
    v.numbers(
        "GCE_CONVS_nums", &O::gce_convs_nums, between(2, kGazes.size()),
        "Convolutions by which a block of each grid on the way to the coarsest looks further.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
  }

  static std::optional<Recognised<CascadedGazeOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
