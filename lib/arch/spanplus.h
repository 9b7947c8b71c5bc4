#pragma once

#include <optional>
#include <vector>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

enum class SpanPlusUpsampler { kDySample, kPixelShuffle, kConvolution };

/// SPANPlus; the graph is in nn/spanplus.h.
struct SpanPlusOptions {
  int num_in_ch = kRgb;
  int num_out_ch = kRgb;
  std::vector<int> blocks{4};
  int feature_channels = 48;
  double drop_rate = 0;
  SpanPlusUpsampler upsampler = SpanPlusUpsampler::kDySample;

  int input_channels() const { return num_in_ch; }
  friend bool operator==(const SpanPlusOptions&, const SpanPlusOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = SpanPlusOptions;
    v.number("num_in_ch", &O::num_in_ch, arch::input_channels(), kInputChannelsHelp).alias("in_nc");
    v.number("num_out_ch", &O::num_out_ch, output_channels(), kOutputChannelsHelp).alias("out_nc");
    v.numbers("blocks", &O::blocks, between(0, kMostBlocks),
              "One stage an entry: attention blocks between its first and its last one.");
    v.number("feature_channels", &O::feature_channels, features(), "Features of the blocks.");
    v.number("drop_rate", &O::drop_rate, between(0, 0),
             "Dropout of features, which no published network uses: 0 alone.");
    v.choice("upsampler", &O::upsampler,
             Names<SpanPlusUpsampler>{{"dys", SpanPlusUpsampler::kDySample},
                                      {"ps", SpanPlusUpsampler::kPixelShuffle},
                                      {"conv", SpanPlusUpsampler::kConvolution}},
             "dys (DySample), ps (pixel shuffle), or conv (a convolution, scale 1 alone).");
  }

  /// By the tensors of its weight file.
  static std::optional<Recognised<SpanPlusOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
