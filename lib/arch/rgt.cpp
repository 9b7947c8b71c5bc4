#include "arch/rgt.h"

#include <fmt/format.h>

#include <string>

namespace sr::arch {
namespace {

/// Of the first group that has a block with attention of the whole image.
std::int64_t compared_features(const TensorShapes& shapes, int groups) {
  for (int group = 0; group < groups; ++group) {
    const std::int64_t found =
        shapes.size(fmt::format("layers.{}.blocks.1.attn.conv.weight", group), 0);
    if (found > 0) {
      return found;
    }
  }
  return 0;
}

}  // namespace

std::optional<Impossible> RgtOptions::impossible(int /*scale*/) const {
  if (auto found = impossible_body("mlp_ratio", static_cast<int>(embed_dim * mlp_ratio))) {
    return found;
  }
  if (kMaskSide % longer_side() != 0) {
    return Impossible{"split_size",
                      fmt::format("needs sides that divide {}, the side of the images that masks "
                                  "in weight files are for",
                                  kMaskSide)};
  }
  for (const int heads : num_heads) {
    if (compared() < 1 || compared() % heads != 0) {
      return Impossible{"c_ratio", fmt::format("makes {} features of {}, which {} heads do not "
                                               "divide",
                                               compared(), embed_dim, heads)};
    }
  }
  return std::nullopt;
}

std::optional<Recognised<RgtOptions>> RgtOptions::recognise(const TensorShapes& shapes) {
  const std::string block = "layers.0.blocks.0.";
  const std::optional<int> width = within(shapes.size("conv_first.weight", 0), features());
  const std::int64_t inside = shapes.size(block + "mlp.fc1.weight", 0);
  const std::optional<int> scale = stepped_scale(shapes);
  Recognised<RgtOptions> found;
  RgtOptions& options = found.options;
  if (!width || inside < 1 || !scale || !shapes.has("before_RG.1.weight") ||
      !shapes.has(block + "gamma") || !shapes.has("conv_last.weight")) {
    return std::nullopt;
  }
  options.embed_dim = *width;
  if (!options.read_body(shapes)) {
    return std::nullopt;
  }
  found.scale = *scale;
  options.mlp_ratio = ratio_of(inside, *width);
  const std::int64_t compared = compared_features(shapes, static_cast<int>(options.depth.size()));
  if (compared > 0) {
    options.c_ratio = ratio_of(compared, *width);
  }
  return found;
}

RgtOptions rgt() {
  constexpr std::size_t kGroups = 8;
  RgtOptions options;
  options.depth = std::vector<int>(kGroups, 6);
  options.num_heads = std::vector<int>(kGroups, 6);
  return options;
}

RgtOptions rgt_s() {
  return {};
}

}  // namespace sr::arch
