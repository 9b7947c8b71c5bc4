#include "arch/srformer.h"

#include <fmt/format.h>

#include <string>

namespace sr::arch {

std::optional<Impossible> SrFormerOptions::impossible(int scale) const {
  if (window_size % 2 != 0) {
    return Impossible{"window_size", fmt::format("needs an even number, got {}", window_size)};
  }
  if (embed_dim % 4 != 0) {
    return Impossible{"embed_dim", fmt::format("needs a multiple of 4, got {}", embed_dim)};
  }
  if (img_size <= window_size) {
    return Impossible{"img_size", fmt::format("needs more than the window_size {}, got {}",
                                              window_size, img_size)};
  }
  auto found = impossible_groups();
  return found ? found : impossible_upsampler({4}, scale);
}

std::optional<Recognised<SrFormerOptions>> SrFormerOptions::recognise(const TensorShapes& shapes) {
  const std::string first = "layers.0.residual_group.blocks.0.";
  const std::optional<int> half =
      window_of_table(shapes.size(first + "attn.relative_position_bias_table", 0));
  const auto end = window_tail_of(shapes);
  Recognised<SrFormerOptions> found;
  SrFormerOptions& options = found.options;
  if (!half || !end || !shapes.has(first + "attn.kv.weight") || !options.read_body(shapes, first) ||
      !options.read_groups(shapes, ".residual_group.blocks.")) {
    return std::nullopt;
  }
  found.scale = end->second;
  options.upsampler = end->first;
  options.window_size = 2 * *half;
  options.qkv_bias = shapes.has(first + "attn.q.bias");
  options.resi_connection = connection_of(shapes, ResidualConnection::kThreeConvs);
  options.read_mask(shapes, "layers.0.residual_group.blocks.1.attn_mask");
  return found;
}

SrFormerOptions srformer_light() {
  SrFormerOptions options;
  options.img_size = 64;
  options.window_size = 16;
  options.depths = {6, 6, 6, 6};
  options.num_heads = {6, 6, 6, 6};
  options.upsampler = WindowUpsampler::kPixelShuffleDirect;
  return options;
}

}  // namespace sr::arch
