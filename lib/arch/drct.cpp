#include "arch/drct.h"

#include <fmt/format.h>

#include <string>

namespace sr::arch {

std::optional<Impossible> DrctOptions::impossible(int /*scale*/) const {
  if (auto found = impossible_windows()) {
    return found;
  }
  for (const int heads : num_heads) {
    for (int block = 0; block < kBlocks; ++block) {
      const int width = features_of(block);
      const int own = heads_of(block, heads);
      if (own < 1 || width % own != 0) {
        return Impossible{"gc",
                          fmt::format("block {} of a group has {} features, which its {} heads "
                                      "do not divide",
                                      block + 1, width, own)};
      }
    }
  }
  return std::nullopt;
}

std::optional<Recognised<DrctOptions>> DrctOptions::recognise(const TensorShapes& shapes) {
  const std::string first = "layers.0.swin1.";
  const std::optional<int> window =
      window_of_table(shapes.size(first + "attn.relative_position_bias_table", 0));
  const std::optional<int> grown = within(shapes.size("layers.0.adjust1.weight", 0), features());
  const std::optional<int> scale = stepped_scale(shapes);
  const int groups = shapes.count("layers.");
  Recognised<DrctOptions> found;
  DrctOptions& options = found.options;
  if (!window || !grown || !scale || !shapes.has("conv_last.weight") ||
      !shapes.has("layers.0.adjust5.weight") || !options.read_body(shapes, first) ||
      groups > kMostBlocks) {
    return std::nullopt;
  }
  options.depths = std::vector<int>(static_cast<std::size_t>(groups), 6);
  options.num_heads.clear();
  for (int group = 0; group < groups; ++group) {
    const std::string table =
        "layers." + std::to_string(group) + ".swin1.attn.relative_position_bias_table";
    const std::optional<int> heads = within(shapes.size(table, 1), features());
    if (!heads) {
      return std::nullopt;
    }
    options.num_heads.push_back(*heads);
  }
  found.scale = *scale;
  options.window_size = *window;
  options.gc = *grown;
  options.resi_connection = connection_of(shapes, ResidualConnection::kIdentity);
  options.read_mask(shapes, "layers.0.swin2.attn_mask");
  return found;
}

DrctOptions drct_of(std::size_t groups) {
  DrctOptions options;
  options.depths = std::vector<int>(groups, 6);
  options.num_heads = std::vector<int>(groups, 6);
  return options;
}

}  // namespace sr::arch
