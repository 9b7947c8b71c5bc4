#include "arch/dat.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace sr::arch {
namespace {

// A block has convolutions of embed_dim / 16 features and positions of embed_dim / 32.
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

/// The smallest factor that makes `inside` whole features of `width`.
double ratio_of(int inside, int width) {
  const double ratio = static_cast<double>(inside) / width;
  return static_cast<int>(width * ratio) == inside ? ratio : std::nextafter(ratio, inside + 1.0);
}

std::optional<int> heads_of(const TensorShapes& shapes, const std::string& group) {
  if (shapes.has(group + "1.attn.temperature")) {
    return within(shapes.size(group + "1.attn.temperature", 0), features());
  }
  return within(2 * shapes.size(group + "0.attn.attns.0.pos.pos3.2.weight", 0), features());
}

bool read_groups(const TensorShapes& shapes, DatOptions& options) {
  const int groups = shapes.count("layers.");
  if (groups < 1 || groups > kMostBlocks) {
    return false;
  }
  options.depth.clear();
  options.num_heads.clear();
  for (int i = 0; i < groups; ++i) {
    const std::string group = fmt::format("layers.{}.blocks.", i);
    const std::optional<int> depth = within(shapes.count(group), blocks());
    const std::optional<int> heads = heads_of(shapes, group);
    if (!depth || !heads) {
      return false;
    }
    options.depth.push_back(*depth);
    options.num_heads.push_back(*heads);
  }
  return true;
}

/// The first convolution, which may see the input folded.
bool read_head(const TensorShapes& shapes, Recognised<DatOptions>& found) {
  const bool folded = shapes.has("conv_first.1.weight");
  const std::string name = folded ? "conv_first.1.weight" : "conv_first.weight";
  const std::optional<int> width = within(shapes.size(name, 0), features());
  if (!width) {
    return false;
  }
  found.options.embed_dim = *width;
  found.options.unshuffle_mod = folded;
  if (folded) {
    const std::optional<int> fold = shuffled_scale(shapes.size(name, 1), kRgb);
    if (found.scale != 4 || !fold || (*fold != 2 && *fold != 4)) {
      return false;
    }
    found.scale = 4 / *fold;
  }
  return true;
}

bool read_tail(const TensorShapes& shapes, Recognised<DatOptions>& found) {
  const bool direct = !shapes.has("conv_last.weight");
  const std::optional<int> scale =
      direct ? shuffled_scale(shapes.size("upsample.0.weight", 0), kRgb) : stepped_scale(shapes);
  found.options.upsampler =
      direct ? WindowUpsampler::kPixelShuffleDirect : WindowUpsampler::kPixelShuffle;
  found.scale = scale.value_or(0);
  return scale.has_value();
}

/// img_size by the mask of the first block whose windows are shifted.
void read_mask(const TensorShapes& shapes, DatOptions& options) {
  for (const char* block : {"layers.0.blocks.2.attn.", "layers.1.blocks.0.attn."}) {
    const std::string mask = std::string(block) + "attn_mask_0";
    const std::int64_t windows = shapes.size(mask, 0);
    const std::int64_t area = shapes.size(mask, 1);
    if (windows < 1 || area < 1 || windows > kMostFeatures * kMostFeatures / area) {
      continue;
    }
    if (const std::optional<int> side = square_side(windows * area)) {
      options.img_size = *side;
      return;
    }
  }
}

}  // namespace

std::optional<Impossible> DatOptions::impossible(int /*scale*/) const {
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
  const int inside = static_cast<int>(embed_dim * expansion_factor);
  if (inside < 2 || inside % 2 != 0) {
    return no("expansion_factor",
              fmt::format("{} x {} features are not an even number", expansion_factor, embed_dim));
  }
  if (img_size % std::max(split_size[0], split_size[1]) != 0) {
    return no("img_size", fmt::format("{} is no multiple of the sides of split_size", img_size));
  }
  return std::nullopt;
}

std::optional<Recognised<DatOptions>> DatOptions::recognise(const TensorShapes& shapes) {
  const std::string block = "layers.0.blocks.0.";
  const std::string window = block + "attn.attns.0.";
  Recognised<DatOptions> found;
  DatOptions& options = found.options;
  const std::optional<Sides> sides = sides_of(shapes.size(window + "relative_position_index", 0),
                                              shapes.size(window + "rpe_biases", 0));
  const std::optional<int> inside =
      within(shapes.size(block + "ffn.fc1.weight", 0), between(2, 64 * kMostFeatures));
  if (!sides || !inside || !shapes.has("before_RG.1.weight") ||
      !shapes.has(block + "attn.dwconv.1.running_mean") || !read_tail(shapes, found) ||
      !read_head(shapes, found) || !read_groups(shapes, options)) {
    return std::nullopt;
  }
  options.split_size = {sides->shorter, sides->longer};
  options.expansion_factor = ratio_of(*inside, options.embed_dim);
  options.qkv_bias = shapes.has(block + "attn.qkv.bias");
  options.resi_connection = connection_of(shapes, ResidualConnection::kThreeConvs);
  read_mask(shapes, options);
  return found;
}

DatOptions dat_s() {
  DatOptions options;
  options.split_size = {8, 16};
  options.expansion_factor = 2;
  return options;
}

DatOptions dat_2() {
  DatOptions options;
  options.expansion_factor = 2;
  return options;
}

DatOptions dat_2_l() {
  constexpr std::size_t kGroups = 12;
  DatOptions options = dat_2();
  options.depth = std::vector<int>(kGroups, 6);
  options.num_heads = std::vector<int>(kGroups, 6);
  return options;
}

DatOptions dat_light() {
  DatOptions options = dat_2();
  options.embed_dim = 60;
  options.depth = {18};
  options.num_heads = {6};
  options.resi_connection = ResidualConnection::kThreeConvs;
  return options;
}

}  // namespace sr::arch
