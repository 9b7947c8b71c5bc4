#pragma once

#include <optional>
#include <vector>

#include "arch/window.h"

namespace sr::arch {

/// DWT; the graph is in nn/dwt.h.
struct DwtOptions : WindowOptions {
  /// What the windows of a block are, by its entry of layer_kinds: at their places, shifted by half
  /// of their side, or, for more than 0, shifted and spread over one of so many parts a side.
  static constexpr int kInPlace = 0;
  static constexpr int kShifted = -1;
  static constexpr int kMostParts = 16;

  double qk_scale = 0;
  std::vector<std::vector<int>> layer_kinds{{0, -1, 0, -1, 0, -1}, {0, -1, 0, -1, 0, -1},
                                            {0, 2, 0, 2, 0, 2},    {0, 2, 0, 2, 0, 2},
                                            {0, 1, 0, 1, 0, 1},    {0, 1, 0, 1, 0, 1}};

  DwtOptions() { window_size = 16; }

  /// Sides of images are multiples of this many windows.
  int windows_in_grid() const;
  /// Pixels.
  int grid() const { return window_size * windows_in_grid(); }
  friend bool operator==(const DwtOptions&, const DwtOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = DwtOptions;
    describe_body(v);
    v.number("qk_scale", &O::qk_scale, at_least(0),
             "Factor of the queries; 0: 1 / sqrt(features of a head).");
    v.choice("upsampler", &O::upsampler,
             Names<WindowUpsampler>{{"pixelshuffle", WindowUpsampler::kPixelShuffle}},
             "Nothing but pixelshuffle: with another one the other trainer's class gives its input "
             "back.");
    v.choice("resi_connection", &O::resi_connection, convolution_connections(), kConvolutionsHelp);
    v.lists("layer_kinds", &O::layer_kinds, between(kShifted, kMostParts),
            "One list a group, one entry a block: 0, windows of neighbouring pixels; -1, the same "
            "shifted by half a window; n above 0, shifted, and spread over one of n x n parts of "
            "the image. What is shifted is every second block, from the second on.");
  }

  std::optional<Impossible> impossible(int scale) const;
  /// Of files with masks, which tell the blocks whose windows are spread over a part of several:
  /// -1 and 1 look the same there. A file whose masks are not those of the default layer_kinds is
  /// not recognised. qk_scale, img_range and drop_path_rate leave no trace and have their defaults.
  static std::optional<Recognised<DwtOptions>> recognise(const TensorShapes& shapes);
};

DwtOptions dwt_s();

}  // namespace sr::arch
