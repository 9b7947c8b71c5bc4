#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"
#include "arch/uni_upsampler.h"

namespace sr::arch {

/// GaterV3; the graph is in nn/gaterv3.h.
struct GaterV3Options {
  int in_ch = kRgb;
  int dim = 32;
  std::vector<int> enc_blocks{2, 2, 4, 6};
  std::vector<int> dec_blocks{2, 2, 2, 2};
  int num_latent = 8;
  UniUpsampler upsample = UniUpsampler::kPixelShuffle;
  int upsample_mid_dim = 48;
  double end_gamma_init = 1;
  bool attention = false;
  int sisr_blocks = 4;
  bool flash = true;

  static constexpr int kHeads = 16;  ///< of the attention
  static constexpr std::size_t kMostLevels = 6;

  int input_channels() const { return in_ch; }
  /// Pixels of the coarsest grid.
  int grid() const { return 1 << enc_blocks.size(); }
  friend bool operator==(const GaterV3Options&, const GaterV3Options&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = GaterV3Options;
    v.number("in_ch", &O::in_ch, output_channels(), "Input and output channels (RGB).");
    v.number("dim", &O::dim, between(8, kMostFeatures),
             "Features of the finest grid, an even number; each coarser one has twice as many.");
    v.numbers("enc_blocks", &O::enc_blocks, blocks(),
              "Blocks on the way to the coarsest grid, one entry a grid.");
    v.numbers("dec_blocks", &O::dec_blocks, blocks(),
              "Blocks on the way back, coarsest first: as many entries.");
    v.number("num_latent", &O::num_latent, between(0, kMostBlocks),
             "Gated blocks on the coarsest grid.");
    v.choice("upsample", &O::upsample, first_uni_upsamplers(), "How the large image is made.");
    v.number("upsample_mid_dim", &O::upsample_mid_dim, features(),
             "Features of the upsampler pixelshuffle.");
    v.number("end_gamma_init", &O::end_gamma_init, between(-1000, 1000),
             "What the factor of the enlarged input begins as.");
    v.flag("attention", &O::attention,
           "On the coarsest grid attention of 16 heads in place of depthwise convolutions.");
    v.number("sisr_blocks", &O::sisr_blocks, between(0, kMostBlocks),
             "SPAN blocks on the finest grid beside the first and the last.");
    v.flag(
        "flash", &O::flash,
        "The attention is one of pixels, each of which sees the whole image; false: of features.");
  }

  /// end_gamma_init leaves no trace.
  static std::optional<Recognised<GaterV3Options>> recognise(const TensorShapes& shapes);
};

GaterV3Options gaterv3_s();

}  // namespace sr::arch
