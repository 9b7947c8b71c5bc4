#pragma once

#include <optional>

#include "arch/block_options.h"
#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// LMLT; the graph is in nn/lmlt.h.
struct LmltOptions {
  int dim = 60;
  int n_blocks = 8;
  double ffn_scale = 2;
  double drop_rate = 0;
  double attn_drop_rate = 0;
  double drop_path_rate = 0;

  int input_channels() const { return kRgb; }
  friend bool operator==(const LmltOptions&, const LmltOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = LmltOptions;
    v.number("dim", &O::dim, features(), "Features of the blocks: a multiple of 4.");
    v.number("n_blocks", &O::n_blocks, blocks(), "Blocks.");
    v.number("ffn_scale", &O::ffn_scale, widening(),
             "Features inside the convolutions of a block, as multiples of its own.");
    v.number("drop_rate", &O::drop_rate, between(0, 0), kNoDropout);
    v.number("attn_drop_rate", &O::attn_drop_rate, between(0, 0), kNoDropout);
    v.number("drop_path_rate", &O::drop_path_rate, between(0, 0),
             "Has no effect on the other trainers' network: 0 alone.");
  }

  std::optional<Impossible> impossible(int scale) const;
  static std::optional<Recognised<LmltOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
