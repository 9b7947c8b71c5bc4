#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// DocRes; the graph is in nn/docres.h.
struct DocResOptions {
  enum class Norm { kWithBias, kBiasFree };

  int inp_channels = kRgb;
  int out_channels = kRgb;
  int dim = 48;
  std::vector<int> num_blocks{2, 3, 3, 4};
  int num_refinement_blocks = 4;
  std::vector<int> heads{1, 2, 4, 8};
  double ffn_expansion_factor = 2.66;
  bool bias = false;
  Norm layer_norm_type = Norm::kWithBias;
  bool dual_pixel_task = true;
  bool use_checkpoint = false;

  static constexpr std::size_t kGrids = 4;  ///< each half as fine as the one before

  int input_channels() const { return inp_channels; }
  /// Channels that tell a pixel its place in the image.
  int places() const { return inp_channels == kRgb ? 2 : 0; }
  /// Pixels of the coarsest grid.
  static int grid() { return 1 << (kGrids - 1); }
  friend bool operator==(const DocResOptions&, const DocResOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DocResOptions;
    v.number("inp_channels", &O::inp_channels, arch::input_channels(),
             "Input channels: 3 (RGB) x `clip_size`. With 3 each pixel is told its place in the "
             "image.");
    v.number("out_channels", &O::out_channels, output_channels(), kOutputChannelsHelp);
    v.number("dim", &O::dim, features(),
             "Features of the finest grid, an even number; each coarser one has twice as many.");
    v.numbers(
        "num_blocks", &O::num_blocks, between(0, kMostBlocks),
        "Blocks of each of four grids, the finest first, on the way to the coarsest and back.");
    v.number("num_refinement_blocks", &O::num_refinement_blocks, between(0, kMostBlocks),
             "Blocks on the finest grid at the end.");
    v.numbers("heads", &O::heads, features(),
              "Heads of the attention of each grid, which divide its features.");
    v.number("ffn_expansion_factor", &O::ffn_expansion_factor, widening(),
             "Features inside the second half of a block by those of the block.");
    v.flag("bias", &O::bias, "Convolutions of the blocks and the last one have a bias.");
    v.choice("LayerNorm_type", &O::layer_norm_type,
             Names<Norm>{{"withbias", Norm::kWithBias}, {"biasfree", Norm::kBiasFree}},
             "Norms subtract the mean and have a bias, or neither.");
    v.flag("dual_pixel_task", &O::dual_pixel_task,
           "Has no effect, as in the other trainers' network.");
    v.flag("use_checkpoint", &O::use_checkpoint, kRecomputeHelp);
  }

  static std::optional<Recognised<DocResOptions>> recognise(const TensorShapes& shapes);
};

DocResOptions docres_large();

}  // namespace sr::arch
