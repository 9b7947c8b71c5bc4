#pragma once

#include <optional>

#include "arch/window.h"

namespace sr::arch {

/// ATD; the graph is in nn/atd.h.
struct AtdOptions : WindowOptions {
  AtdOptions() {
    img_size = 96;
    embed_dim = 210;
    window_size = 16;
    drop_path_rate = 0;
  }
  int category_size = 256;
  int num_tokens = 128;
  int reducted_dim = 20;
  int convffn_kernel_size = 5;
  bool norm = true;

  friend bool operator==(const AtdOptions&, const AtdOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = AtdOptions;
    v.number("img_size", &O::img_size, between(1, kMostFeatures),
             "Image side in the paper's training, pixels: a multiple of window_size and larger. No "
             "number of the network depends on it.");
    describe_blocks(v);
    describe_frame(v);
    v.number("category_size", &O::category_size, between(1, 65536),
             "Pixels of one kind that attention sees at once. Other tools take 256, or 128 for the "
             "features and upsampler of atd_light.");
    v.number("num_tokens", &O::num_tokens, features(),
             "Entries of a group's dictionary, by which pixels are told apart.");
    v.number("reducted_dim", &O::reducted_dim, features(),
             "Features by which pixels are compared with the dictionary.");
    v.number("convffn_kernel_size", &O::convffn_kernel_size, between(1, kLargestKernel),
             "Side of the depthwise kernels in the perceptron of a block; odd.");
    v.flag("norm", &O::norm, "Takes the mean colour of DIV2K off the input and puts it back.");
    describe_ends(v, "scale 4");
  }

  /// The category_size that other tools take, whose files do not tell it.
  int assumed_category_size() const;
  std::optional<Impossible> impossible(int scale) const;

  /// img_size and img_range leave no trace: they have their defaults. So has category_size, or
  /// that of atd_light where spandrel takes it for that.
  static std::optional<Recognised<AtdOptions>> recognise(const TensorShapes& shapes);
};

AtdOptions atd();
AtdOptions atd_light();

}  // namespace sr::arch
