#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"
#include "arch/uni_upsampler.h"

namespace sr::arch {

/// ESCRealM; the graph is in nn/escrealm.h.
struct EscRealMOptions {
  enum class Attention { kNaive, kSdpa, kFlex };

  int dim = 64;
  int pdim = 16;
  int kernel_size = 13;
  int n_blocks = 10;
  int conv_blocks = 5;
  int window_size = 32;
  int num_heads = 4;
  double exp_ratio = 2;
  Attention attn_type = Attention::kFlex;
  int mid_dim = 64;
  UniUpsampler upsampler = UniUpsampler::kTransposeConv;
  bool unshuffle_mod = false;

  int input_channels() const { return kRgb; }
  /// Features inside a feed-forward part.
  int hidden() const { return static_cast<int>(dim * exp_ratio); }
  /// The input is folded by this before the first convolution.
  int fold(int scale) const { return unshuffle_mod && scale < 3 ? 4 / scale : 1; }
  friend bool operator==(const EscRealMOptions&, const EscRealMOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = EscRealMOptions;
    v.number("dim", &O::dim, features(), "Features of the blocks.");
    v.number("pdim", &O::pdim, between(2, kMostFeatures), "Features that the large kernel sees.");
    v.number("kernel_size", &O::kernel_size, between(1, kLargestKernel),
             "Side of the large kernel, which all blocks share: an odd number.");
    v.number("n_blocks", &O::n_blocks, blocks(), "Blocks.");
    v.number("conv_blocks", &O::conv_blocks, blocks(), "Parts of a block with the large kernel.");
    v.number("window_size", &O::window_size, between(1, 64),
             "Side of the windows that attention sees, pixels.");
    v.number("num_heads", &O::num_heads, features(), "Heads of the attention.");
    v.number("exp_ratio", &O::exp_ratio, widening(),
             "Features inside a feed-forward part by `dim`.");
    v.choice(
        "attn_type", &O::attn_type,
        Names<Attention>{
            {"naive", Attention::kNaive}, {"sdpa", Attention::kSdpa}, {"flex", Attention::kFlex}},
        "How the other trainer computes the attention: naive, sdpa, flex. Here all are one, "
        "with the fastest kernel that there is.");
    v.number("mid_dim", &O::mid_dim, features(), "Features of the upsampler.");
    v.choice("upsampler", &O::upsampler, uni_upsamplers(), "How the large image is made.");
    v.flag("unshuffle_mod", &O::unshuffle_mod,
           "Scales 1 and 2: a 4x network on the input folded by 4 or 2, which is faster.");
  }

  /// attn_type leaves no trace.
  static std::optional<Recognised<EscRealMOptions>> recognise(const TensorShapes& shapes);
};

EscRealMOptions escrealm_xl();

}  // namespace sr::arch
