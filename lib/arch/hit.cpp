#include "arch/hit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sr::arch {
namespace {

constexpr int kLargestWindow = 128;  ///< side, pixels

std::string block_name(std::size_t group, std::size_t index) {
  return fmt::format("layers.{}.residual_group.blocks.{}.", group, index);
}

constexpr const char* kContextKernel =
    "correlation.ngram_window_partition.ngram_context.unigram_embed.weight";
constexpr const char* kLocalKernel = "mlp.dwconv.depthwise_conv.0.weight";

}  // namespace

HitOptions::Sides HitOptions::window(std::size_t index) const {
  const double ratio = hier_win_ratios[index];
  return {static_cast<int>(base_win_size[0] * ratio), static_cast<int>(base_win_size[1] * ratio)};
}

HitOptions::Sides HitOptions::cell(std::size_t index) const {
  const auto [height, width] = window(index);
  return {height / std::min(height, base_win_size[0]), width / std::min(width, base_win_size[1])};
}

std::size_t HitOptions::deepest() const {
  return static_cast<std::size_t>(*std::ranges::max_element(depths));
}

int HitOptions::largest_window() const {
  int largest = 1;
  for (std::size_t i = 0; i < deepest(); ++i) {
    const auto [height, width] = window(i);
    largest = std::max({largest, height, width});
  }
  return largest;
}

std::optional<Impossible> HitOptions::impossible_body(int scale) const {
  if (depths.empty() || depths.size() != num_heads.size()) {
    return Impossible{"num_heads", fmt::format("one entry a group is needed: depths has {}, "
                                               "num_heads {}",
                                               depths.size(), num_heads.size())};
  }
  for (const int heads : num_heads) {
    if (embed_dim % (2 * heads) != 0) {
      return Impossible{"num_heads",
                        fmt::format("twice {} does not divide embed_dim {}", heads, embed_dim)};
    }
  }
  if (base_win_size.size() != 2) {
    return Impossible{"base_win_size",
                      fmt::format("needs 2 entries, got {}", base_win_size.size())};
  }
  if (hier_win_ratios.size() < deepest()) {
    return Impossible{"hier_win_ratios", fmt::format("needs {} entries, one for each block of the "
                                                     "longest group, got {}",
                                                     deepest(), hier_win_ratios.size())};
  }
  for (std::size_t i = 0; i < deepest(); ++i) {
    const double most = kLargestWindow + 0.5;
    const double ratio = hier_win_ratios[i];
    for (const int base : base_win_size) {
      const int side = ratio * base < most ? static_cast<int>(ratio * base) : kLargestWindow + 1;
      if (side < 1 || side > kLargestWindow || side % std::min(side, base) != 0) {
        return Impossible{
            "hier_win_ratios",
            fmt::format("{} of {} pixels is no window: less than these, or a multiple "
                        "of them up to {}, at least 1",
                        ratio, base, kLargestWindow)};
      }
    }
  }
  if (static_cast<int>(embed_dim * mlp_ratio) < 1) {
    return Impossible{"mlp_ratio",
                      fmt::format("{} of {} features leaves none", mlp_ratio, embed_dim)};
  }
  const auto lacks = [&](const char* kind, int only) {
    return Impossible{"upsampler",
                      fmt::format("{} has scale {} alone; scale is {}", kind, only, scale)};
  };
  if (upsampler == WindowUpsampler::kNearestConv && scale != 4) {
    return lacks("nearest+conv", 4);
  }
  if (upsampler == WindowUpsampler::kNone && scale != 1) {
    return lacks("none", 1);
  }
  return impossible_groups();
}

std::string HitOptions::longest_block(std::size_t index) const {
  const auto longest = std::ranges::max_element(depths) - depths.begin();
  return block_name(static_cast<std::size_t>(longest), index);
}

std::optional<int> HitOptions::read_hit(const TensorShapes& shapes) {
  const std::string first = block_name(0, 0);
  const auto end = window_tail_of(shapes);
  if (!end || !shapes.has(first + "correlation.spatial_linear.weight") ||
      !read_body(shapes, first) ||
      !read_groups(shapes, ".residual_group.blocks.", "correlation.pos.pos3.2.bias", 0)) {
    return std::nullopt;
  }
  qkv_bias = WindowOptions().qkv_bias;  // is none of the options
  upsampler = end->first;
  resi_connection = connection_of(shapes, ResidualConnection::kThreeConvs);
  return end->second;
}

bool HitOptions::read_ratios(const TensorShapes& shapes) {
  const HitOptions usual;
  std::vector<double> ratios = usual.hier_win_ratios;
  for (std::size_t i = 0; i < deepest(); ++i) {
    const std::int64_t pixels =
        shapes.size(longest_block(i) + "correlation.spatial_linear.weight", 1);
    const std::optional<int> side = square_side(pixels);
    if (!side) {
      return false;
    }
    if (i >= ratios.size()) {
      ratios.push_back(*side);
      continue;
    }
    const auto [height, width] = usual.cell(i);
    if (std::int64_t{height} * width != pixels) {
      ratios[i] = *side;
    }
  }
  hier_win_ratios = std::move(ratios);
  return true;
}

bool HitOptions::read_windows(const TensorShapes& shapes, const std::string& kernel) {
  std::vector<int> sides;
  std::optional<int> base;
  for (std::size_t i = 0; i < deepest(); ++i) {
    const std::string block = longest_block(i);
    const std::optional<int> side =
        within(shapes.size(block + kernel, 2), between(1, kLargestWindow));
    const std::optional<int> cell =
        square_side(shapes.size(block + "correlation.spatial_linear.weight", 1));
    if (!side || !cell || shapes.size(block + kernel, 3) != *side || *side % *cell != 0) {
      return false;
    }
    sides.push_back(*side);
    if (*cell > 1) {
      base = *side / *cell;
    }
  }
  if (base) {
    if (*base > kLargestBase) {
      return false;
    }
    base_win_size = {*base, *base};
  }
  // Ratios behind those of the longest group show nowhere.
  hier_win_ratios.resize(std::max(hier_win_ratios.size(), sides.size()), 1);
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const int of_usual = static_cast<int>(base_win_size[0] * hier_win_ratios[i]);
    if (of_usual != sides[i]) {
      hier_win_ratios[i] = ratio_of(sides[i], base_win_size[0]);
    }
  }
  return true;
}

std::optional<Recognised<HitSirOptions>> HitSirOptions::recognise(const TensorShapes& shapes) {
  Recognised<HitSirOptions> found;
  const std::optional<int> scale = found.options.read_hit(shapes);
  const std::string first = block_name(0, 0);
  if (!scale || shapes.has(first + kContextKernel) || shapes.has(first + kLocalKernel) ||
      !found.options.read_ratios(shapes)) {
    return std::nullopt;
  }
  found.scale = *scale;
  return found;
}

std::optional<Impossible> HitSngOptions::impossible(int scale) const {
  if (auto found = impossible_body(scale)) {
    return found;
  }
  if (base_win_size[0] != base_win_size[1]) {
    return Impossible{"base_win_size", fmt::format("needs two equal sides, got {} and {}",
                                                   base_win_size[0], base_win_size[1])};
  }
  return std::nullopt;
}

std::optional<Recognised<HitSngOptions>> HitSngOptions::recognise(const TensorShapes& shapes) {
  Recognised<HitSngOptions> found;
  const std::optional<int> scale = found.options.read_hit(shapes);
  if (!scale || !found.options.read_windows(shapes, kContextKernel)) {
    return std::nullopt;
  }
  found.scale = *scale;
  return found;
}

std::optional<Recognised<HitSrfOptions>> HitSrfOptions::recognise(const TensorShapes& shapes) {
  Recognised<HitSrfOptions> found;
  const std::optional<int> scale = found.options.read_hit(shapes);
  if (!scale || !shapes.has(block_name(0, 0) + kLocalKernel) ||
      !found.options.read_ratios(shapes)) {
    return std::nullopt;
  }
  found.scale = *scale;
  return found;
}

}  // namespace sr::arch
