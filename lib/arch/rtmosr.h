#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// RTMoSR; the graph is in nn/rtmosr.h.
struct RtMosrOptions {
  int dim = 32;
  double ffn_expansion = 2;
  int n_blocks = 2;
  bool unshuffle_mod = false;
  bool dccm = true;
  bool se = true;

  int input_channels() const { return kRgb; }
  /// Features inside a block.
  int hidden() const { return static_cast<int>(ffn_expansion * dim); }
  /// Of the pixel unshuffle at the input; 1 = none.
  int fold(int scale) const { return unshuffle_mod && scale < 4 ? 4 / scale : 1; }
  friend bool operator==(const RtMosrOptions&, const RtMosrOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = RtMosrOptions;
    v.number("dim", &O::dim, features(), "Features of the blocks.");
    v.number("ffn_expansion", &O::ffn_expansion, between(1, kLargestWidening),
             "Features inside a block by `dim`.");
    v.number("n_blocks", &O::n_blocks, blocks(), "Gated blocks.");
    v.flag("unshuffle_mod", &O::unshuffle_mod,
           "Scales 1 and 2: a 4x network on the input folded by 4 or 2, which is faster.");
    v.flag("dccm", &O::dccm, "A 3x3 convolution at the end of a block, else a 1x1.");
    v.flag("se", &O::se, "Channel attention in the blocks, which averages the whole image.");
  }

  /// By the tensors of its weight file.
  static std::optional<Recognised<RtMosrOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
