#include "arch/swinir.h"

#include <string>

namespace sr::arch {
std::optional<Impossible> SwinIrOptions::impossible(int scale) const {
  auto found = impossible_windows();
  return found ? found : impossible_upsampler({2, 4, 8}, scale);
}

std::optional<Recognised<SwinIrOptions>> SwinIrOptions::recognise(const TensorShapes& shapes) {
  const std::string first = "layers.0.residual_group.blocks.0.";
  const std::optional<int> window =
      window_of_table(shapes.size(first + "attn.relative_position_bias_table", 0));
  const auto end = window_tail_of(shapes);
  Recognised<SwinIrOptions> found;
  SwinIrOptions& options = found.options;
  if (!window || !end || shapes.has(first + "conv_block.cab.0.weight") ||
      !shapes.has(first + "attn.qkv.weight") || has_windows_in_parts(shapes) ||
      !options.read_body(shapes, first) ||
      !options.read_groups(shapes, ".residual_group.blocks.")) {
    return std::nullopt;
  }
  found.scale = end->second;
  options.upsampler = end->first;
  options.window_size = *window;
  options.resi_connection = connection_of(shapes, ResidualConnection::kThreeConvs);
  options.read_mask(shapes, "layers.0.residual_group.blocks.1.attn_mask");
  return found;
}

SwinIrOptions swinir() {
  SwinIrOptions options;
  options.embed_dim = 96;
  options.depths = {6, 6, 6, 6};
  options.num_heads = {6, 6, 6, 6};
  options.window_size = 7;
  options.mlp_ratio = 4;
  return options;
}

SwinIrOptions swinir_s() {
  SwinIrOptions options;
  options.embed_dim = 60;
  options.depths = {6, 6, 6, 6};
  options.num_heads = {6, 6, 6, 6};
  options.upsampler = WindowUpsampler::kPixelShuffleDirect;
  return options;
}

SwinIrOptions swinir_m() {
  SwinIrOptions options;
  options.img_size = 48;
  return options;
}

SwinIrOptions swinir_l() {
  constexpr std::size_t kGroups = 9;
  SwinIrOptions options;
  options.embed_dim = 240;
  options.depths = std::vector<int>(kGroups, 6);
  options.num_heads = std::vector<int>(kGroups, 8);
  options.upsampler = WindowUpsampler::kNearestConv;
  options.resi_connection = ResidualConnection::kThreeConvs;
  return options;
}

}  // namespace sr::arch
