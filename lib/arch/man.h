#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// MAN; the graph is in nn/man.h.
struct ManOptions {
  int n_resblocks = 36;
  int n_resgroups = 1;
  int n_colors = kRgb;
  int n_feats = 180;

  /// Features are split into so many parts with kernels of their own.
  static constexpr int kParts = 3;

  int input_channels() const { return n_colors; }
  friend bool operator==(const ManOptions&, const ManOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = ManOptions;
    v.number("n_resblocks", &O::n_resblocks, blocks(), "Attention blocks of a group.");
    v.number("n_resgroups", &O::n_resgroups, blocks(), "Groups.");
    v.number("n_colors", &O::n_colors, output_channels(), "Input and output channels (RGB).");
    v.number("n_feats", &O::n_feats, between(kParts, kMostFeatures),
             "Features of the blocks: a multiple of 3.");
  }

  static std::optional<Recognised<ManOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
