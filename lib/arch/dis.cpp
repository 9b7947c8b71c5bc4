#include "arch/dis.h"

namespace sr::arch {
namespace {

std::optional<int> scale_of(const TensorShapes& shapes) {
  constexpr int kTwoSteps = 4;
  if (shapes.has("upsampler.1.conv.weight")) {
    return kTwoSteps;
  }
  const std::string step = "upsampler.conv.weight";
  return shapes.has(step) ? shuffled_scale(shapes.size(step, 0), shapes.size(step, 1)) : 1;
}

}  // namespace

std::optional<Impossible> DisOptions::impossible(int scale) const {
  constexpr int kLargest = 4;
  if (scale <= kLargest) {
    return std::nullopt;
  }
  return Impossible{"scale", "dis networks have 1, 2, 3 and 4, not " + std::to_string(scale)};
}

std::optional<Recognised<DisOptions>> DisOptions::recognise(const TensorShapes& shapes) {
  const bool is_depthwise = shapes.has("body.0.dw_conv.depthwise.weight");
  if (!shapes.has("head_act.weight") || !shapes.has("fusion.weight") ||
      shapes.size("tail.weight", 0) != kRgb || shapes.size("head.weight", 1) != kRgb ||
      (!is_depthwise && !shapes.has("body.0.conv1.weight"))) {
    return std::nullopt;
  }
  const std::optional<int> features = within(shapes.size("head.weight", 0), arch::features());
  const std::optional<int> amount = within(shapes.count("body."), blocks());
  const std::optional<int> scale = scale_of(shapes);
  if (!features || !amount || !scale) {
    return std::nullopt;
  }
  DisOptions options;
  options.num_features = *features;
  options.num_blocks = *amount;
  options.use_depthwise = is_depthwise;
  return Recognised<DisOptions>{options, *scale};
}

}  // namespace sr::arch
