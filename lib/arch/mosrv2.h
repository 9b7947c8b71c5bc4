#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"
#include "arch/uni_upsampler.h"

namespace sr::arch {

/// MoSRv2; the graph is in nn/mosrv2.h.
struct MosrV2Options {
  int in_ch = kRgb;
  int n_block = 24;
  int dim = 64;
  UniUpsampler upsampler = UniUpsampler::kPixelShuffleDirect;
  double expansion_ratio = 1.5;
  int mid_dim = 32;
  bool unshuffle_mod = true;
  bool rms_norm = false;

  int input_channels() const { return in_ch; }
  /// The input is folded by this before the first convolution.
  int fold(int scale) const { return unshuffle_mod && scale <= 2 ? 4 / scale : 1; }
  friend bool operator==(const MosrV2Options&, const MosrV2Options&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = MosrV2Options;
    v.number("in_ch", &O::in_ch, output_channels(), "Input and output channels (RGB).");
    v.number("n_block", &O::n_block, blocks(), "Gated blocks.");
    v.number("dim", &O::dim, between(8, kMostFeatures), "Features of the hidden layers.");
    v.choice("upsampler", &O::upsampler, uni_upsamplers(), "How the large image is made.");
    v.number("expansion_ratio", &O::expansion_ratio, between(1, kLargestWidening),
             "Features inside a block by `dim`.");
    v.number("mid_dim", &O::mid_dim, features(), "Features of the upsampler.");
    v.flag("unshuffle_mod", &O::unshuffle_mod,
           "Scales 1 and 2: a 4x network on the input folded by 4 or 2, which is faster.");
    v.flag("rms_norm", &O::rms_norm, "Root mean square norm in place of LayerNorm.");
  }

  static std::optional<Recognised<MosrV2Options>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
