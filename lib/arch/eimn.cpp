#include "arch/eimn.h"

#include <fmt/format.h>

#include <string>

namespace sr::arch {

std::optional<Impossible> EimnOptions::impossible(int /*scale*/) const {
  constexpr int kParts = 8;
  if (embed_dims % kParts != 0) {
    return Impossible{"embed_dims",
                      fmt::format("needs a multiple of {}, got {}: one part of {} is "
                                  "seen through one kernel, the others through larger "
                                  "ones",
                                  kParts, embed_dims, kParts)};
  }
  if (static_cast<int>(embed_dims * mlp_ratios) < 1) {
    return Impossible{"mlp_ratios",
                      fmt::format("{} of {} features leaves none", mlp_ratios, embed_dims)};
  }
  if (freeze_param) {
    return Impossible{"freeze_param", "training of the last convolution alone is not available"};
  }
  return std::nullopt;
}

std::optional<Recognised<EimnOptions>> EimnOptions::recognise(const TensorShapes& shapes) {
  const std::string first = "block1.0.";
  const std::optional<int> width = within(shapes.size("head.0.weight", 0), features());
  const std::optional<int> stages = within(shapes.count("block") - 1, blocks());
  const std::optional<int> depth = within(shapes.count("block1."), blocks());
  const std::optional<int> scale = shuffled_scale(shapes.size("tail.0.weight", 0), kRgb);
  const std::int64_t inside = shapes.size(first + "mlp.linear_out.weight", 1);
  if (!width || !stages || !depth || !scale || inside < 1 ||
      !shapes.has(first + "attn.region.weight")) {
    return std::nullopt;
  }
  EimnOptions options;
  options.embed_dims = *width;
  options.num_stages = *stages;
  options.depths = *depth;
  options.mlp_ratios = ratio_of(inside, *width);
  return Recognised<EimnOptions>{options, *scale};
}

}  // namespace sr::arch
