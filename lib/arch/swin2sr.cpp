#include "arch/swin2sr.h"

#include <fmt/format.h>

#include <string>

namespace sr::arch {

std::optional<Impossible> Swin2SrOptions::impossible(int scale) const {
  auto found = impossible_windows();
  return found ? found : impossible_upsampler({4}, scale);
}

std::optional<Recognised<Swin2SrOptions>> Swin2SrOptions::recognise(const TensorShapes& shapes) {
  const std::string first = "layers.0.residual_group.blocks.0.";
  const std::optional<int> window =
      square_side(shapes.size(first + "attn.relative_position_index", 0));
  const auto end = window_tail_of(shapes);
  Recognised<Swin2SrOptions> found;
  Swin2SrOptions& options = found.options;
  if (!window || *window < 2 || !end || !shapes.has("patch_embed.proj.weight") ||
      !options.read_body(shapes, first) ||
      !options.read_groups(shapes, ".residual_group.blocks.", "attn.logit_scale", 0)) {
    return std::nullopt;
  }
  found.scale = end->second;
  options.upsampler = end->first;
  options.window_size = *window;
  options.qkv_bias = shapes.has(first + "attn.q_bias");
  options.resi_connection = connection_of(shapes, ResidualConnection::kThreeConvs);
  options.read_mask(shapes, "layers.0.residual_group.blocks.1.attn_mask");
  return found;
}

Swin2SrOptions swin2sr_s() {
  Swin2SrOptions options;
  options.embed_dim = 60;
  options.depths = {6, 6, 6, 6};
  options.num_heads = {6, 6, 6, 6};
  options.upsampler = WindowUpsampler::kPixelShuffleDirect;
  return options;
}

Swin2SrOptions swin2sr_m() {
  return {};
}

Swin2SrOptions swin2sr_l() {
  constexpr std::size_t kGroups = 9;
  Swin2SrOptions options;
  options.embed_dim = 240;
  options.depths = std::vector<int>(kGroups, 6);
  options.num_heads = std::vector<int>(kGroups, 8);
  options.upsampler = WindowUpsampler::kNearestConv;
  options.resi_connection = ResidualConnection::kThreeConvs;
  return options;
}

}  // namespace sr::arch
