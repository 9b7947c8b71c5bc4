#include "arch/span.h"

#include <string>

namespace sr::arch {

std::optional<Impossible> SpanOptions::impossible(int /*scale*/) const {
  if (norm && (num_in_ch != kRgb || rgb_mean.size() != kRgb)) {
    return Impossible{"norm", "true takes three input channels and three means, not " +
                                  std::to_string(num_in_ch) + " and " +
                                  std::to_string(rgb_mean.size())};
  }
  return std::nullopt;
}

std::optional<Recognised<SpanOptions>> SpanOptions::recognise(const TensorShapes& shapes) {
  for (const char* name : {"conv_1.sk.weight", "block_1.c1_r.sk.weight", "conv_cat.weight",
                           "conv_2.sk.weight", "upsampler.0.weight"}) {
    if (!shapes.has(name)) {
      return std::nullopt;
    }
  }
  const std::int64_t outputs = shapes.size("upsampler.0.weight", 0);
  const std::optional<int> scale = whole_root(outputs / kRgb);
  const std::int64_t features = shapes.size("conv_1.sk.weight", 0);
  const std::int64_t inputs = shapes.size("conv_1.sk.weight", 1);
  const int blocks = shapes.count("block_") - 1;  // the first one is block_1
  if (!scale || outputs % kRgb != 0 || !arch::features().contains(static_cast<double>(features)) ||
      !arch::input_channels().contains(static_cast<double>(inputs)) ||
      !arch::blocks().contains(blocks)) {
    return std::nullopt;
  }
  Recognised<SpanOptions> found;
  found.scale = *scale;
  found.options.num_in_ch = static_cast<int>(inputs);
  found.options.feature_channels = static_cast<int>(features);
  found.options.num_blocks = blocks;
  found.options.norm = !shapes.has("no_norm");
  return found;
}

}  // namespace sr::arch
