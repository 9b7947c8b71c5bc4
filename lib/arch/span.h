#pragma once

#include <optional>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// SPAN; the graph is in nn/span.h.
struct SpanOptions {
  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  int feature_channels = 52;
  int num_blocks = 6;
  bool norm = false;
  double img_range = 255;
  std::vector<double> rgb_mean{0.4488, 0.4371, 0.4040};

  int input_channels() const { return num_in_ch; }
  friend bool operator==(const SpanOptions&, const SpanOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SpanOptions;
    v.number("num_in_ch", &O::num_in_ch, arch::input_channels(), kInputChannelsHelp).alias("in_nc");
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp).alias("out_nc");
    v.number("feature_channels", &O::feature_channels, features(), "Features of the blocks.");
    v.number("num_blocks", &O::num_blocks, blocks(),
             "Attention blocks. spandrel and what is built on it load networks of 6 alone.");
    v.flag("norm", &O::norm,
           "The image becomes (image - `rgb_mean`) x `img_range` first. Some pretrained weights "
           "need it.");
    v.number("img_range", &O::img_range, more_than(0),
             "With `norm`. Weight files for other tools do not hold it: they take 255.");
    v.numbers("rgb_mean", &O::rgb_mean, between(0, 1),
              "With `norm`: means of R, G and B. Weight files for other tools do not hold them.");
  }

  /// By the tensors of its weight file. `norm` is on unless the file has `no_norm`.
  static std::optional<Recognised<SpanOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
