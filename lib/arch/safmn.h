#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// SAFMN; the graph is in nn/safmn.h.
struct SafmnOptions {
  int dim = 36;
  int n_blocks = 8;
  double ffn_scale = 2;

  /// Features are split into so many parts, each seen on a grid twice as coarse as the one before.
  static constexpr int kLevels = 4;
  static constexpr int kGrid = 8;  ///< pixels of the coarsest one

  int input_channels() const { return kRgb; }
  /// Features inside a mixer.
  int hidden() const { return static_cast<int>(dim * ffn_scale); }
  friend bool operator==(const SafmnOptions&, const SafmnOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SafmnOptions;
    v.number("dim", &O::dim, between(kLevels, kMostFeatures),
             "Features of the blocks: a multiple of 4.");
    v.number("n_blocks", &O::n_blocks, blocks(), "Blocks.");
    v.number("ffn_scale", &O::ffn_scale, widening(), "Features inside a mixer by `dim`.");
  }

  static std::optional<Recognised<SafmnOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
