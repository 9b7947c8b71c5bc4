#include "arch/craft.h"

#include <fmt/format.h>

#include <string>

namespace sr::arch {

std::optional<Impossible> CraftOptions::impossible(int /*scale*/) const {
  if (auto found = impossible_split("depths", depths, num_heads, embed_dim)) {
    return found;
  }
  for (const int side : {split_size_0, split_size_1}) {
    if (window_size % side != 0) {
      return Impossible{"window_size", fmt::format("{} is no multiple of both sides of windows, {} "
                                                   "and {}",
                                                   window_size, split_size_0, split_size_1)};
    }
  }
  if (static_cast<int>(embed_dim * mlp_ratio) < 1) {
    return Impossible{"mlp_ratio",
                      fmt::format("{} of {} features leaves none", mlp_ratio, embed_dim)};
  }
  return std::nullopt;
}

std::optional<Recognised<CraftOptions>> CraftOptions::recognise(const TensorShapes& shapes) {
  const std::string body = ".residual_group.";
  const std::string first = "layers.0" + body + "srwa_blocks.0.";
  const std::optional<int> width = within(shapes.size("conv_first.weight", 0), features());
  const std::optional<SplitSides> sides =
      split_sides(shapes.size("relative_position_index_h", 0), shapes.size("biases_h", 0));
  const std::optional<int> scale = shuffled_scale(shapes.size("upsample.0.weight", 0), kRgb);
  const std::int64_t inside = shapes.size(first + "mlp.fc1.weight", 0);
  const int groups = shapes.count("layers.");
  if (!width || !sides || !scale || inside < 1 || groups < 1 || groups > kMostBlocks) {
    return std::nullopt;
  }
  Recognised<CraftOptions> found;
  CraftOptions& options = found.options;
  options.depths.clear();
  options.num_heads.clear();
  for (int i = 0; i < groups; ++i) {
    const std::string blocks_of = fmt::format("layers.{}{}hf_blocks.", i, body);
    const std::optional<int> depth = within(shapes.count(blocks_of), blocks());
    const std::optional<int> heads =
        within(shapes.size(blocks_of + "0.attn.temperature", 0), features());
    if (!depth || !heads) {
      return std::nullopt;
    }
    options.depths.push_back(*depth);
    options.num_heads.push_back(*heads);
  }
  found.scale = *scale;
  options.embed_dim = *width;
  options.split_size_0 = sides->shorter;
  options.split_size_1 = sides->longer;
  options.mlp_ratio = ratio_of(inside, *width);
  options.qkv_bias = shapes.has(first + "qkv.bias");
  options.resi_connection = connection_of(shapes, ResidualConnection::kIdentity);
  return found;
}

}  // namespace sr::arch
