#include "arch/window.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>

namespace sr::arch {

std::optional<int> square_side(std::int64_t value) {
  constexpr std::int64_t kMost = std::int64_t{kMostFeatures} * kMostFeatures;
  if (value < 1 || value > kMost) {
    return std::nullopt;
  }
  const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(value))));
  return side * side == value ? std::optional(static_cast<int>(side)) : std::nullopt;
}

std::optional<int> window_of_table(std::int64_t rows) {
  const std::optional<int> span = square_side(rows);
  return span && *span % 2 == 1 ? std::optional((*span + 1) / 2) : std::nullopt;
}

TensorShapes::Codes shifted_marks(int side, int parts) {
  TensorShapes::Codes marks;
  const int within_part = side / parts;
  const auto is_last = [&](int part, int place) { return part * within_part + place == side - 1; };
  for (int i = 0; i < parts * parts; ++i) {
    for (int k = 0; k < within_part * within_part; ++k) {
      const bool marked =
          is_last(i / parts, k / within_part) || is_last(i % parts, k % within_part);
      marks.push_back(marked ? 1 : 0);
    }
  }
  return marks;
}

bool has_windows_in_parts(const TensorShapes& shapes) {
  for (const auto& [name, shape] : shapes.all()) {
    const TensorShapes::Codes* marks = name.ends_with("attn_mask") ? shapes.codes(name) : nullptr;
    const std::optional<int> side =
        marks != nullptr ? square_side(static_cast<std::int64_t>(marks->size())) : std::nullopt;
    if (!side || *marks == shifted_marks(*side, 1)) {
      continue;
    }
    for (int parts = 2; parts <= *side; ++parts) {
      if (*side % parts == 0 && *marks == shifted_marks(*side, parts)) {
        return true;
      }
    }
  }
  return false;
}

std::optional<Impossible> WindowOptions::impossible_groups() const {
  if (depths.empty() || depths.size() != num_heads.size()) {
    return Impossible{"num_heads", fmt::format("one entry a group is needed: depths has {}, "
                                               "num_heads {}",
                                               depths.size(), num_heads.size())};
  }
  for (const int heads : num_heads) {
    if (embed_dim % heads != 0) {
      return Impossible{"num_heads",
                        fmt::format("{} does not divide embed_dim {}", heads, embed_dim)};
    }
  }
  if (ape) {
    return Impossible{"ape",
                      "absolute positions tie a network to one image size and are not available"};
  }
  if (resi_connection == ResidualConnection::kThreeConvs && embed_dim < 4) {
    return Impossible{"resi_connection", "3conv needs an embed_dim of at least 4"};
  }
  if (static_cast<int>(embed_dim * mlp_ratio) < 1) {
    return Impossible{"mlp_ratio",
                      fmt::format("{} of {} features leaves none", mlp_ratio, embed_dim)};
  }
  return std::nullopt;
}

std::optional<Impossible> WindowOptions::impossible_windows() const {
  if (auto found = impossible_groups()) {
    return found;
  }
  if (img_size % window_size != 0 || img_size <= window_size) {
    return Impossible{"img_size", fmt::format("{} is no multiple of window_size {} that is larger "
                                              "than it",
                                              img_size, window_size)};
  }
  return std::nullopt;
}

std::optional<Impossible> WindowOptions::impossible_upsampler(std::initializer_list<int> nearest,
                                                              int scale) const {
  if (upsampler == WindowUpsampler::kNearestConv && std::ranges::count(nearest, scale) == 0) {
    return Impossible{
        "upsampler",
        nearest.size() == 1
            ? fmt::format("nearest+conv has scale {} alone; scale is {}", *nearest.begin(), scale)
            : fmt::format("nearest+conv has the scales {} alone; scale is {}",
                          fmt::join(nearest, ", "), scale)};
  }
  if (upsampler == WindowUpsampler::kNone && scale != 1) {
    return Impossible{"upsampler", fmt::format("none has scale 1 alone; scale is {}", scale)};
  }
  return std::nullopt;
}

bool WindowOptions::read_body(const TensorShapes& shapes, const std::string& block) {
  const std::optional<int> width = within(shapes.size("conv_first.weight", 0), features());
  const std::int64_t inside = shapes.size(block + "mlp.fc1.weight", 0);
  if (!width || inside < 1 || !shapes.has(block + "norm1.weight")) {
    return false;
  }
  embed_dim = *width;
  mlp_ratio = static_cast<double>(inside) / *width;
  qkv_bias = shapes.has(block + "attn.qkv.bias");
  patch_norm = shapes.has("patch_embed.norm.weight");
  return true;
}

bool WindowOptions::read_groups(const TensorShapes& shapes, const std::string& blocks,
                                const std::string& of_heads, std::size_t axis) {
  depths.clear();
  num_heads.clear();
  const int groups = shapes.count("layers.");
  if (groups < 1 || groups > kMostBlocks) {
    return false;
  }
  for (int group = 0; group < groups; ++group) {
    const std::string name = "layers." + std::to_string(group) + blocks;
    const std::optional<int> depth = within(shapes.count(name), arch::blocks());
    const std::optional<int> heads = within(shapes.size(name + "0." + of_heads, axis), features());
    if (!depth || !heads) {
      return false;
    }
    depths.push_back(*depth);
    num_heads.push_back(*heads);
  }
  return true;
}

void WindowOptions::read_mask(const TensorShapes& shapes, const std::string& name) {
  if (const std::optional<int> side = square_side(shapes.size(name, 0))) {
    img_size = *side * window_size;
  }
}

ResidualConnection connection_of(const TensorShapes& shapes, ResidualConnection other) {
  return shapes.has("conv_after_body.weight") ? ResidualConnection::kOneConv : other;
}

std::optional<std::pair<WindowUpsampler, int>> window_tail_of(const TensorShapes& shapes,
                                                              const std::string& shuffles) {
  if (shapes.has("conv_up1.weight")) {
    const int steps = shapes.has("conv_up3.weight") ? 3 : shapes.has("conv_up2.weight") ? 2 : 1;
    return std::pair(WindowUpsampler::kNearestConv, 1 << steps);
  }
  if (shapes.has("conv_before_upsample.0.weight")) {
    const std::optional<int> scale = stepped_scale(shapes, shuffles);
    const WindowUpsampler kind = shapes.has("conv_aux.weight") ? WindowUpsampler::kPixelShuffleAux
                                                               : WindowUpsampler::kPixelShuffle;
    return scale ? std::optional(std::pair(kind, *scale)) : std::nullopt;
  }
  if (shapes.has(shuffles + "0.weight")) {
    const std::optional<int> scale = shuffled_scale(shapes.size(shuffles + "0.weight", 0), kRgb);
    return scale ? std::optional(std::pair(WindowUpsampler::kPixelShuffleDirect, *scale))
                 : std::nullopt;
  }
  return shapes.has("conv_last.weight") ? std::optional(std::pair(WindowUpsampler::kNone, 1))
                                        : std::nullopt;
}

std::optional<int> stepped_scale(const TensorShapes& shapes, const std::string& shuffles) {
  constexpr int kLargestScale = 64;
  int scale = 1;
  for (int index = 0;; index += 2) {
    const std::string name = shuffles + std::to_string(index) + ".weight";
    if (!shapes.has(name)) {
      return scale;
    }
    const std::int64_t inputs = shapes.size(name, 1);
    const std::int64_t outputs = shapes.size(name, 0);
    const bool triples = inputs > 0 && outputs == 9 * inputs;
    if (!triples && (inputs < 1 || outputs != 4 * inputs)) {
      return std::nullopt;
    }
    scale *= triples ? 3 : 2;
    if (scale > kLargestScale) {
      return std::nullopt;
    }
  }
}

}  // namespace sr::arch
