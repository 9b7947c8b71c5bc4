#pragma once

#include <optional>

#include "arch/window.h"

namespace sr::arch {

/// DRCT; the graph is in nn/drct.h.
struct DrctOptions : WindowOptions {
  DrctOptions() { window_size = 16; }
  int gc = 32;

  friend bool operator==(const DrctOptions&, const DrctOptions&) = default;

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
