#pragma once

#include <numeric>
#include <optional>
#include <vector>

#include "arch/batch_statistics.h"
#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// ELAN; the graph is in nn/elan.h.
struct ElanOptions {
  int colors = kRgb;
  double rgb_range = 255;
  bool norm = false;
  std::vector<int> window_sizes{4, 8, 16};
  int m_elan = 36;
  int c_elan = 180;
  int n_share = 0;
  int r_expand = 2;
  bool frozen_statistics = false;

  static constexpr int kWindows = 3;

  int input_channels() const { return colors; }
  bool mixes_samples() const { return !frozen_statistics; }
  /// Groups of 1 + n_share blocks.
  int groups() const { return m_elan / (1 + n_share); }
  /// Pixels that all windows divide.
  int grid() const {
    int multiple = 1;
    for (const int side : window_sizes) {
      multiple = std::lcm(multiple, side);
    }
    return multiple;
  }
  friend bool operator==(const ElanOptions&, const ElanOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = ElanOptions;
    v.number("colors", &O::colors, output_channels(), "Input and output channels (RGB).");
    v.number("rgb_range", &O::rgb_range, more_than(0),
             "With `norm`: what the mean colour is multiplied by.");
    v.flag("norm", &O::norm, "Subtracts `rgb_range` times the mean colour of DIV2K.");
    v.numbers("window_sizes", &O::window_sizes, between(1, 64),
              "Sides of the windows that attention sees, pixels: one for each third of the "
              "features.");
    v.number("m_elan", &O::m_elan, blocks(), "Blocks.");
    v.number("c_elan", &O::c_elan, between(kWindows, kMostFeatures),
             "Features of the blocks: a multiple of 3.");
    v.number("n_share", &O::n_share, between(0, kMostBlocks),
             "Blocks that take over the attention of the one in front of them.");
    v.number("r_expand", &O::r_expand, between(1, 64), "Features inside a block by `c_elan`.");
    v.flag("frozen_statistics", &O::frozen_statistics, kFrozenStatisticsHelp);
  }

  /// rgb_range and window_sizes leave no trace.
  static std::optional<Recognised<ElanOptions>> recognise(const TensorShapes& shapes);
};

ElanOptions elan_light();

}  // namespace sr::arch
