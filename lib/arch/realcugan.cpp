#include "arch/realcugan.h"

namespace sr::arch {

std::optional<Impossible> RealCuganOptions::impossible(int scale) const {
  if (scale < 2 || scale > 4) {
    return Impossible{"scale", "realcugan has 2, 3 and 4, not " + std::to_string(scale)};
  }
  if (fast && scale != 2) {
    return Impossible{"fast", "has scale 2 alone; scale is " + std::to_string(scale)};
  }
  if (fast && pro) {
    return Impossible{"fast", "there is no fast network with pro"};
  }
  return std::nullopt;
}

std::optional<Recognised<RealCuganOptions>> RealCuganOptions::recognise(
    const TensorShapes& shapes) {
  constexpr int kFolded = 4 * kRgb;  // channels of an input folded by 2, and of a shuffle by 2
  constexpr int kSideOfThree = 5;    // of the kernel that makes x3
  const std::int64_t inputs = shapes.size("unet1.conv1.conv.0.weight", 1);
  const std::int64_t outputs = shapes.size("unet2.conv_bottom.weight", 0);
  const std::int64_t side = shapes.size("unet1.conv_bottom.weight", 2);
  if (!shapes.has("unet1.conv2.seblock.conv1.weight") ||
      !shapes.has("unet2.conv4.seblock.conv1.weight") || side == 0) {
    return std::nullopt;
  }
  RealCuganOptions options;
  options.pro = shapes.has("pro");
  if (shapes.has("conv_final.weight")) {
    options.fast = inputs == kFolded;
    if (shapes.size("conv_final.weight", 0) != kFolded || (!options.fast && inputs != kRgb)) {
      return std::nullopt;
    }
    return Recognised<RealCuganOptions>{options, options.fast ? 2 : 4};
  }
  if (inputs != kRgb || outputs != kRgb) {
    return std::nullopt;
  }
  return Recognised<RealCuganOptions>{options, side == kSideOfThree ? 3 : 2};
}

}  // namespace sr::arch
