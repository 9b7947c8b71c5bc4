#include "arch/hat.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace sr::arch {
namespace {

constexpr std::size_t kLargeGroups = 12;

/// Side of the overlapping windows by the rows of their table, (side + overlapping side - 1)^2.
std::optional<double> overlap_of(const TensorShapes& shapes, const std::string& group, int window) {
  const std::optional<int> span =
      square_side(shapes.size(group + "overlap_attn.relative_position_bias_table", 0));
  const int beyond = span ? *span + 1 - 2 * window : -1;
  if (beyond < 0) {
    return std::nullopt;
  }
  return ratio_of(beyond, window);
}

HatOptions with_groups(std::size_t groups, int embed_dim) {
  HatOptions options;
  options.embed_dim = embed_dim;
  options.depths = std::vector<int>(groups, 6);
  options.num_heads = std::vector<int>(groups, 6);
  return options;
}

}  // namespace

std::optional<Impossible> HatOptions::impossible(int /*scale*/) const {
  if (auto found = impossible_windows()) {
    return found;
  }
  for (const auto& [name, ratio] :
       {std::pair("compress_ratio", compress_ratio), std::pair("squeeze_factor", squeeze_factor)}) {
    if (ratio > embed_dim) {
      return Impossible{name, fmt::format("{} is more than embed_dim {}", ratio, embed_dim)};
    }
  }
  if (static_cast<int>(window_size * overlap_ratio) % 2 != 0) {
    return Impossible{"overlap_ratio",
                      fmt::format("{} of window_size {} is no even number of pixels", overlap_ratio,
                                  window_size)};
  }
  return std::nullopt;
}

std::optional<Recognised<HatOptions>> HatOptions::recognise(const TensorShapes& shapes) {
  const std::string group = "layers.0.residual_group.";
  const std::string first = group + "blocks.0.";
  const std::int64_t width = shapes.size("conv_first.weight", 0);
  const std::optional<int> window =
      window_of_table(shapes.size(first + "attn.relative_position_bias_table", 0));
  const std::optional<int> compress =
      divisor(width, shapes.size(first + "conv_block.cab.0.weight", 0));
  const std::optional<int> squeeze =
      divisor(width, shapes.size(first + "conv_block.cab.3.attention.1.weight", 0));
  const std::optional<int> middle = within(shapes.size("conv_last.weight", 1), features());
  const std::optional<int> scale = stepped_scale(shapes);
  Recognised<HatOptions> found;
  HatOptions& options = found.options;
  if (!window || !compress || !squeeze || !middle || !scale || !options.read_body(shapes, first) ||
      !options.read_groups(shapes, ".residual_group.blocks.")) {
    return std::nullopt;
  }
  options.window_size = *window;
  const std::optional<double> overlap = overlap_of(shapes, group, *window);
  if (!overlap) {
    return std::nullopt;
  }
  found.scale = *scale;
  options.compress_ratio = *compress;
  options.squeeze_factor = *squeeze;
  options.num_feat = *middle;
  options.overlap_ratio = *overlap;
  options.resi_connection = connection_of(shapes, ResidualConnection::kIdentity);
  return found;
}

HatOptions hat_s() {
  HatOptions options;
  options.embed_dim = 144;
  options.compress_ratio = 24;
  options.squeeze_factor = 24;
  return options;
}
HatOptions hat_m() {
  return {};
}
HatOptions hat_l() {
  return with_groups(kLargeGroups, 180);
}
HatOptions hat_m_aligned() {
  return with_groups(6, 192);
}
HatOptions hat_l_aligned() {
  return with_groups(kLargeGroups, 192);
}

}  // namespace sr::arch
