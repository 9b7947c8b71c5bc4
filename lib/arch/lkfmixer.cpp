#include "arch/lkfmixer.h"

#include <string>

namespace sr::arch {

std::optional<Impossible> LkfMixerOptions::impossible(int /*scale*/) const {
  if (large_kernel % 2 == 0) {
    return Impossible{"large_kernel", "needs an odd number, got " + std::to_string(large_kernel)};
  }
  if (channels % 2 != 0) {
    return Impossible{"channels", "needs an even number, got " + std::to_string(channels)};
  }
  if (split_channels() < 1) {
    return Impossible{"split_factor", "leaves none of " + std::to_string(channels) +
                                          " features for the large kernels"};
  }
  return std::nullopt;
}

std::optional<Recognised<LkfMixerOptions>> LkfMixerOptions::recognise(const TensorShapes& shapes) {
  const std::string large = "layers.layers.0.SFMB.PLKB.DWConv_Kx1.weight";
  if (!shapes.has(large) || !shapes.has("layers.layers.0.FDB.c1_d.weight")) {
    return std::nullopt;
  }
  const std::optional<int> width =
      within(shapes.size("conv_first.weight", 0), between(2, kMostFeatures));
  const std::optional<int> inputs =
      within(shapes.size("conv_first.weight", 1), sr::arch::input_channels());
  const std::optional<int> amount = within(shapes.count("layers.layers."), blocks());
  const std::optional<int> side = within(shapes.size(large, 2), between(1, kLargestKernel));
  const std::optional<int> scale =
      shuffled_scale(shapes.size("upsampler.upsampleOneStep.0.weight", 0), kRgb);
  const std::int64_t split = shapes.size(large, 0);
  if (!width || !inputs || !amount || !side || !scale || split < 1 || split > *width ||
      *width % 2 != 0) {
    return std::nullopt;
  }
  LkfMixerOptions options;
  options.in_channels = *inputs;
  options.channels = *width;
  options.num_block = *amount;
  options.large_kernel = *side;
  options.split_factor = ratio_of(split, *width);
  return Recognised<LkfMixerOptions>{options, *scale};
}

}  // namespace sr::arch
