#include "arch/split_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sr::arch {
namespace {

// The perceptrons that make biases of positions have embed_dim / 32 features.
constexpr int kLeastFeatures = 32;

/// Of DAT as the attention of features says.
std::optional<int> heads_of(const TensorShapes& shapes, const std::string& group, int width) {
  if (shapes.has(group + "1.attn.temperature")) {
    return within(shapes.size(group + "1.attn.temperature", 0), features());
  }
  return split_heads(shapes.size(group + "0.attn.attns.0.pos.pos3.2.weight", 0), width);
}

bool read_groups(const TensorShapes& shapes, SplitWindowOptions& options) {
  const int groups = shapes.count("layers.");
  if (groups < 1 || groups > kMostBlocks) {
    return false;
  }
  options.depth.clear();
  options.num_heads.clear();
  for (int i = 0; i < groups; ++i) {
    const std::string group = fmt::format("layers.{}.blocks.", i);
    const std::optional<int> depth = within(shapes.count(group), blocks());
    const std::optional<int> heads = heads_of(shapes, group, options.embed_dim);
    if (!depth || !heads) {
      return false;
    }
    options.depth.push_back(*depth);
    options.num_heads.push_back(*heads);
  }
  return true;
}

}  // namespace

std::optional<SplitSides> split_sides(std::int64_t area, std::int64_t positions) {
  constexpr std::int64_t kMostPixels = std::int64_t{kMostFeatures} * kMostFeatures;
  if (area < 1 || area > kMostPixels || positions < 1 || positions > 4 * area) {
    return std::nullopt;
  }
  const std::int64_t twice_sum = 4 * area + 1 - positions;
  for (std::int64_t side = 1; side * side <= area; ++side) {
    if (area % side == 0 && 2 * (side + area / side) == twice_sum) {
      return SplitSides{static_cast<int>(side), static_cast<int>(area / side)};
    }
  }
  return std::nullopt;
}

std::optional<int> split_heads(std::int64_t half, int embed_dim) {
  const std::optional<int> even = within(2 * half, features());
  return even && embed_dim % *even != 0 ? std::optional(*even + 1) : even;
}

std::optional<Impossible> impossible_split(const char* depth_option, const std::vector<int>& depths,
                                           const std::vector<int>& num_heads, int embed_dim) {
  const auto no = [](const char* option, std::string reason) {
    return Impossible{option, std::move(reason)};
  };
  if (depths.empty() || depths.size() != num_heads.size()) {
    return no("num_heads", fmt::format("one entry a group is needed: {} has {}, num_heads {}",
                                       depth_option, depths.size(), num_heads.size()));
  }
  for (const int heads : num_heads) {
    const int half = heads / 2;
    if (embed_dim % 2 != 0 || embed_dim % heads != 0 || half < 1 || embed_dim / 2 % half != 0) {
      return no("num_heads", fmt::format("{} heads do not divide embed_dim {}, or {} heads not its "
                                         "half, which a shape of windows sees",
                                         heads, embed_dim, half));
    }
  }
  if (embed_dim < kLeastFeatures) {
    return no("embed_dim", fmt::format("needs at least {}, got {}", kLeastFeatures, embed_dim));
  }
  return std::nullopt;
}

int SplitWindowOptions::longer_side() const {
  return *std::max_element(split_size.begin(), split_size.end());
}

std::optional<Impossible> SplitWindowOptions::impossible_body(const char* ratio, int inside) const {
  if (split_size.size() != 2 ||
      std::max(split_size[0], split_size[1]) % std::min(split_size[0], split_size[1]) != 0) {
    return Impossible{"split_size", "needs two sides of which one is a multiple of the other"};
  }
  if (auto found = impossible_split("depth", depth, num_heads, embed_dim)) {
    return found;
  }
  if (inside < 2 || inside % 2 != 0) {
    return Impossible{ratio, fmt::format("makes {} features of {}, which is not an even number",
                                         inside, embed_dim)};
  }
  return std::nullopt;
}

bool SplitWindowOptions::read_body(const TensorShapes& shapes) {
  const std::string attention = "layers.0.blocks.0.attn.";
  const std::string window = attention + "attns.0.";
  const std::optional<SplitSides> sides = split_sides(
      shapes.size(window + "relative_position_index", 0), shapes.size(window + "rpe_biases", 0));
  if (!sides || !read_groups(shapes, *this)) {
    return false;
  }
  split_size = {sides->shorter, sides->longer};
  qkv_bias = shapes.has(attention + "qkv.bias");
  resi_connection = connection_of(shapes, ResidualConnection::kThreeConvs);
  return true;
}

}  // namespace sr::arch
