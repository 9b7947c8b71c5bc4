#include "arch/spanf3.h"

#include <string>

namespace sr::arch {

std::optional<Recognised<SpanF3Options>> SpanF3Options::recognise(const TensorShapes& shapes) {
  constexpr int kFoldedScale = 4;
  const bool folded = shapes.has("conv_1.1.sk.weight");
  const std::string first = folded ? "conv_1.1.sk.weight" : "conv_1.sk.weight";
  const std::optional<int> width = within(shapes.size(first, 0), features());
  const std::optional<int> amount = within(shapes.count("block_") - 1, arch::blocks());
  const std::optional<int> shuffle = shuffled_scale(shapes.size("to_pixel.sk.weight", 0), kRgb);
  if (!shapes.has("block_1.att_conv.weight") || !width || !amount || !shuffle ||
      (folded && *shuffle != kFoldedScale)) {
    return std::nullopt;
  }
  const std::int64_t seen = shapes.size(first, 1);
  SpanF3Options options;
  options.feature_channels = *width;
  options.num_blocks = *amount;
  // The same channels may be RGB folded by 4 or clips of four frames folded by 2: RGB is taken.
  const std::int64_t of_scale_1 = std::int64_t{kRgb} * kFoldedScale * kFoldedScale;
  const int fold = !folded ? 1 : seen == of_scale_1 ? 4 : 2;
  const std::optional<int> inputs = within(seen / (fold * fold), arch::input_channels());
  if (!inputs || seen % (fold * fold) != 0) {
    return std::nullopt;
  }
  options.num_in_ch = *inputs;
  options.unshuffle_mod = folded || *shuffle > 2;
  return Recognised<SpanF3Options>{options, *shuffle / fold};
}

}  // namespace sr::arch
