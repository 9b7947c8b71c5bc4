#pragma once

#include <optional>

#include "arch/options.h"
#include "arch/tensor_shapes.h"

namespace sr::arch {

/// LKFMixer; the graph is in nn/lkfmixer.h.
struct LkfMixerOptions {
  int in_channels = kRgb;
  int channels = 40;
  int out_channels = kRgb;
  int num_block = 6;
  int large_kernel = 31;
  double split_factor = 0.25;

  /// Sides of images are grown to multiples of this.
  static constexpr int kGrid = 8;

  int input_channels() const { return in_channels; }
  /// Features that the large kernels see.
  int split_channels() const { return static_cast<int>(channels * split_factor); }
  friend bool operator==(const LkfMixerOptions&, const LkfMixerOptions&) = default;
  std::optional<Impossible> impossible(int scale) const;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = LkfMixerOptions;
    v.number("in_channels", &O::in_channels, sr::arch::input_channels(), kInputChannelsHelp);
    v.number("channels", &O::channels, between(2, kMostFeatures),
             "Features of the blocks: an even number.");
    v.number("out_channels", &O::out_channels, output_channels(), kOutputChannelsHelp);
    v.number("num_block", &O::num_block, blocks(), "Blocks.");
    v.number("large_kernel", &O::large_kernel, between(1, kLargestKernel),
             "Length of the large kernels, which are one pixel wide: an odd number.");
    v.number("split_factor", &O::split_factor, between(0, 1),
             "Share of the features that the large kernels see.");
  }

  static std::optional<Recognised<LkfMixerOptions>> recognise(const TensorShapes& shapes);
};

}  // namespace sr::arch
