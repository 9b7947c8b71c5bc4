#pragma once

#include <optional>

#include "arch/window.h"

namespace sr::arch {

/// DRCT; the graph is in nn/drct.h.
struct DrctOptions : WindowOptions {
  static constexpr int kBlocks = 5;  ///< of a group

  DrctOptions() { window_size = 16; }
  int gc = 32;

  /// Of block `block` of a group, whose input is that of the group and what the blocks before give.
  int features_of(int block) const { return embed_dim + block * gc; }
  /// Of block `block` of a group with so many heads.
  int heads_of(int block, int heads) const {
    return block == 0 ? heads : heads - features_of(block) % heads;
  }

  friend bool operator==(const DrctOptions&, const DrctOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DrctOptions;
    describe_body(v);
    v.choice("upsampler", &O::upsampler,
             Names<WindowUpsampler>{{"pixelshuffle", WindowUpsampler::kPixelShuffle}},
             "Nothing but pixelshuffle.");
    v.choice("resi_connection", &O::resi_connection, plain_connections(), kConnectionHelp);
    v.number("gc", &O::gc, features(), "Features that each of a group's five blocks adds.");
  }

  /// depths (which count for drop_path_rate alone), img_range and drop_path_rate leave no trace:
  /// they have their defaults.
  static std::optional<Recognised<DrctOptions>> recognise(const TensorShapes& shapes);
};

/// With so many groups.
DrctOptions drct_of(std::size_t groups);

}  // namespace sr::arch
