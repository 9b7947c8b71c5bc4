#include "arch/scunet.h"

#include <fmt/format.h>

#include <algorithm>

namespace sr::arch {
namespace {

constexpr std::size_t kStages = 7;
constexpr int kHeadsAndHalves = 64;  // heads of 32 features in one half of a block's

/// Blocks by their names; behind those on the way down and in front of those on the way up stands a
/// layer that changes the size.
std::optional<std::vector<int>> config_of(const TensorShapes& shapes) {
  std::vector<int> found;
  for (const char* stage :
       {"m_down1.", "m_down2.", "m_down3.", "m_body.", "m_up3.", "m_up2.", "m_up1."}) {
    const int resizes = std::string_view(stage) == "m_body." ? 0 : 1;
    const std::optional<int> blocks =
        within(shapes.count(stage) - resizes, between(0, kMostBlocks));
    if (!blocks) {
      return std::nullopt;
    }
    found.push_back(*blocks);
  }
  return found;
}

}  // namespace

std::optional<int> scunet_scale(const TensorShapes& shapes) {
  constexpr int kLayersOfStep = 3;
  constexpr int kMostSteps = 3;
  // Two dense blocks and a convolution; a step is an enlargement, a convolution and an activation.
  const int layers = shapes.count("m_upsample.0.up.");
  const int steps = layers / kLayersOfStep - 1;
  return layers % kLayersOfStep == 0 && steps >= 0 && steps <= kMostSteps
             ? std::optional(1 << steps)
             : std::nullopt;
}

std::optional<Impossible> impossible_scunet(int dim, int scale) {
  if (dim % kHeadsAndHalves != 0) {
    return Impossible{"dim", fmt::format("needs a multiple of {}, got {}", kHeadsAndHalves, dim)};
  }
  if (scale != 1 && scale != 2 && scale != 4 && scale != 8) {
    return Impossible{"scale", fmt::format("SCUNet has 1, 2, 4 and 8, not {}", scale)};
  }
  return std::nullopt;
}

std::optional<Impossible> ScuNetOptions::impossible(int scale) const {
  if (config.size() != kStages) {
    return Impossible{"config", fmt::format("needs {} numbers, got {}", kStages, config.size())};
  }
  return impossible_scunet(dim, scale);
}

std::optional<Recognised<ScuNetOptions>> ScuNetOptions::recognise(const TensorShapes& shapes) {
  const std::optional<int> width = within(shapes.size("m_head.0.weight", 0), features());
  const std::optional<int> inputs =
      within(shapes.size("m_head.0.weight", 1), arch::input_channels());
  const std::optional<std::vector<int>> stages = config_of(shapes);
  if (!width || !inputs || !stages || shapes.size("m_tail.0.weight", 0) != kRgb ||
      shapes.size("m_down3." + std::to_string((*stages)[2]) + ".weight", 0) !=
          8 * std::int64_t{*width}) {
    return std::nullopt;
  }
  const bool enlarges = shapes.has("m_upsample.0.up.0.rdb1.conv1.weight");
  const std::optional<int> scale = enlarges ? scunet_scale(shapes) : std::optional(1);
  if (!scale || (enlarges && *scale == 1)) {
    return std::nullopt;
  }
  ScuNetOptions options;
  options.residual = shapes.has("m_res.0.weight");
  if (!options.residual && !enlarges) {
    options = scunet();
  }
  options.in_nc = *inputs;
  options.config = *stages;
  options.dim = *width;
  return Recognised<ScuNetOptions>{options, *scale};
}

ScuNetOptions scunet() {
  ScuNetOptions options;
  options.config = {4, 4, 4, 4, 4, 4, 4};
  options.residual = false;
  options.noise = 0;
  options.padding = ScuNetPadding::kEnd;
  return options;
}

}  // namespace sr::arch
