#include "arch/atd.h"

#include <string>

namespace sr::arch {
namespace {

/// What tells atd_light's category_size to other tools.
bool is_light(const AtdOptions& options) {
  constexpr int kLightFeatures = 48;
  return options.upsampler == WindowUpsampler::kPixelShuffleDirect &&
         options.embed_dim == kLightFeatures;
}

}  // namespace

int AtdOptions::assumed_category_size() const {
  return is_light(*this) ? atd_light().category_size : atd().category_size;
}

std::optional<Impossible> AtdOptions::impossible(int scale) const {
  if (convffn_kernel_size % 2 == 0) {
    return Impossible{"convffn_kernel_size",
                      "needs an odd number, got " + std::to_string(convffn_kernel_size)};
  }
  auto found = impossible_windows();
  return found ? found : impossible_upsampler({4}, scale);
}

std::optional<Recognised<AtdOptions>> AtdOptions::recognise(const TensorShapes& shapes) {
  const std::string group = "layers.0.residual_group.";
  const std::string first = group + "layers.0.";
  const std::optional<int> width = within(shapes.size("conv_first.weight", 0), features());
  const std::optional<int> window =
      window_of_table(shapes.size(first + "attn_win.relative_position_bias_table", 0));
  const std::optional<int> tokens = within(shapes.size(group + "td", 0), features());
  const std::optional<int> reduced =
      within(shapes.size(first + "attn_atd.wq.weight", 0), features());
  const std::string kernel = first + "convffn.dwconv.depthwise_conv.0.weight";
  const std::optional<int> side = within(shapes.size(kernel, 2), between(1, kLargestKernel));
  const std::int64_t inside = shapes.size(first + "convffn.fc1.weight", 0);
  const auto end = window_tail_of(shapes);
  Recognised<AtdOptions> found;
  AtdOptions& options = found.options;
  if (!width || !window || !tokens || !reduced || !side || inside < 1 || !end ||
      !options.read_groups(shapes, ".residual_group.layers.",
                           "attn_win.relative_position_bias_table")) {
    return std::nullopt;
  }
  found.scale = end->second;
  options.upsampler = end->first;
  options.embed_dim = *width;
  options.window_size = *window;
  options.num_tokens = *tokens;
  options.reducted_dim = *reduced;
  options.convffn_kernel_size = *side;
  options.mlp_ratio = ratio_of(inside, *width);
  options.qkv_bias = shapes.has(first + "wqkv.bias");
  options.patch_norm = shapes.has("patch_embed.norm.weight");
  options.norm = !shapes.has("no_norm");
  options.resi_connection = connection_of(shapes, ResidualConnection::kThreeConvs);
  options.img_size = is_light(options) ? atd_light().img_size : atd().img_size;
  options.category_size = options.assumed_category_size();
  return found;
}

AtdOptions atd() {
  return {};
}

AtdOptions atd_light() {
  constexpr std::size_t kGroups = 4;
  AtdOptions options;
  options.img_size = 64;
  options.embed_dim = 48;
  options.depths = std::vector<int>(kGroups, 6);
  options.num_heads = std::vector<int>(kGroups, 6);
  options.category_size = 128;
  options.num_tokens = 64;
  options.reducted_dim = 8;
  options.convffn_kernel_size = 7;
  options.mlp_ratio = 1;
  options.upsampler = WindowUpsampler::kPixelShuffleDirect;
  return options;
}

}  // namespace sr::arch
