#include "arch/split_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sr::arch {
namespace {

// The perceptrons that make biases of positions have embed_dim / 32 features.
constexpr int kLeastFeatures = 32;

struct Sides {
  int shorter = 0, longer = 0;
};

/// Of windows with so many pixels and relative positions, (2 a - 1) (2 b - 1) of sides a and b.
std::optional<Sides> sides_of(std::int64_t area, std::int64_t positions) {
  constexpr std::int64_t kMostPixels = std::int64_t{kMostFeatures} * kMostFeatures;
  if (area < 1 || area > kMostPixels || positions < 1 || positions > 4 * area) {
    return std::nullopt;
  }
  const std::int64_t twice_sum = 4 * area + 1 - positions;
  for (std::int64_t side = 1; side * side <= area; ++side) {
    if (area % side == 0 && 2 * (side + area / side) == twice_sum) {
      return Sides{static_cast<int>(side), static_cast<int>(area / side)};
    }
  }
  return std::nullopt;
}

/// Of DAT as the attention of features says; else twice those of one shape of windows, or one more.
std::optional<int> heads_of(const TensorShapes& shapes, const std::string& group, int width) {
  if (shapes.has(group + "1.attn.temperature")) {
    return within(shapes.size(group + "1.attn.temperature", 0), features());
  }
  const std::optional<int> even =
      within(2 * shapes.size(group + "0.attn.attns.0.pos.pos3.2.weight", 0), features());
  return even && width % *even != 0 ? std::optional(*even + 1) : even;
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

int SplitWindowOptions::longer_side() const {
  return *std::max_element(split_size.begin(), split_size.end());
}

std::optional<Impossible> SplitWindowOptions::impossible_body(const char* ratio,
                                                              int inside) const {
  const auto no = [](const char* option, std::string reason) {
    return Impossible{option, std::move(reason)};
  };
  if (split_size.size() != 2 ||
      std::max(split_size[0], split_size[1]) % std::min(split_size[0], split_size[1]) != 0) {
    return no("split_size", "needs two sides of which one is a multiple of the other");
  }
  if (depth.empty() || depth.size() != num_heads.size()) {
    return no("num_heads", fmt::format("one entry a group is needed: depth has {}, num_heads {}",
                                       depth.size(), num_heads.size()));
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
  if (inside < 2 || inside % 2 != 0) {
    return no(ratio, fmt::format("makes {} features of {}, which is not an even number", inside,
                                 embed_dim));
  }
  return std::nullopt;
}

bool SplitWindowOptions::read_body(const TensorShapes& shapes) {
  const std::string attention = "layers.0.blocks.0.attn.";
  const std::string window = attention + "attns.0.";
  const std::optional<Sides> sides = sides_of(shapes.size(window + "relative_position_index", 0),
                                              shapes.size(window + "rpe_biases", 0));
  if (!sides || !read_groups(shapes, *this)) {
    return false;
  }
  split_size = {sides->shorter, sides->longer};
  qkv_bias = shapes.has(attention + "qkv.bias");
  resi_connection = connection_of(shapes, ResidualConnection::kThreeConvs);
  return true;
}

}  // namespace sr::arch
