#include "arch/dwt.h"

#include <fmt/format.h>

#include <cstddef>
#include <numeric>
#include <string>

namespace sr::arch {
namespace {

/// Of each group and block of a file, whether its mask is that of `layer_kinds`.
bool has_masks(const TensorShapes& shapes, const DwtOptions& options) {
  const int side = options.img_size / options.window_size;
  for (std::size_t i = 0; i < options.depths.size(); ++i) {
    for (std::size_t k = 1; k < static_cast<std::size_t>(options.depths[i]); k += 2) {
      const TensorShapes::Codes* marks =
          shapes.codes(fmt::format("layers.{}.residual_group.blocks.{}.attn_mask", i, k));
      const int kind = options.layer_kinds[i][k];
      if (marks == nullptr || *marks != shifted_marks(side, kind > 0 ? kind : 1)) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

int DwtOptions::windows_in_grid() const {
  int windows = 2;
  for (std::size_t i = 0; i < depths.size() && i < layer_kinds.size(); ++i) {
    for (const int kind : layer_kinds[i]) {
      windows = kind > 0 ? std::lcm(windows, kind) : windows;
    }
  }
  return windows;
}

std::optional<Impossible> DwtOptions::impossible(int /*scale*/) const {
  if (auto found = impossible_windows()) {
    return found;
  }
  for (std::size_t i = 0; i < depths.size(); ++i) {
    if (i >= layer_kinds.size() || layer_kinds[i].size() < static_cast<std::size_t>(depths[i])) {
      return Impossible{"layer_kinds", fmt::format("needs an entry for each of the {} blocks of "
                                                   "group {}",
                                                   depths[i], i + 1)};
    }
    for (std::size_t k = 1; k < static_cast<std::size_t>(depths[i]); k += 2) {
      if (layer_kinds[i][k] == kInPlace) {
        return Impossible{"layer_kinds",
                          fmt::format("has 0 for block {} of group {}: every second block, from "
                                      "the second on, has shifted windows",
                                      k + 1, i + 1)};
      }
    }
  }
  constexpr int kLargestGrid = 1024;
  if (grid() > kLargestGrid) {
    return Impossible{"layer_kinds",
                      fmt::format("makes sides of images multiples of {} pixels, more than {}",
                                  grid(), kLargestGrid)};
  }
  for (std::size_t i = 0; i < depths.size(); ++i) {
    for (const int kind : layer_kinds[i]) {
      if (kind > 0 && img_size % (kind * window_size) != 0) {
        return Impossible{"img_size", fmt::format("{} is no multiple of {} windows of {} pixels, "
                                                  "which layer_kinds asks for",
                                                  img_size, kind, window_size)};
      }
    }
  }
  return std::nullopt;
}

std::optional<Recognised<DwtOptions>> DwtOptions::recognise(const TensorShapes& shapes) {
  const std::string first = "layers.0.residual_group.blocks.0.";
  const std::optional<int> window =
      window_of_table(shapes.size(first + "attn.relative_position_bias_table", 0));
  const auto end = window_tail_of(shapes);
  Recognised<DwtOptions> found;
  DwtOptions& options = found.options;
  if (!window || !end || end->first != WindowUpsampler::kPixelShuffle ||
      !shapes.has(first + "attn.qkv.weight") || !options.read_body(shapes, first) ||
      !options.read_groups(shapes, ".residual_group.blocks.")) {
    return std::nullopt;
  }
  found.scale = end->second;
  options.window_size = *window;
  options.resi_connection = connection_of(shapes, ResidualConnection::kThreeConvs);
  options.read_mask(shapes, "layers.0.residual_group.blocks.1.attn_mask");
  const bool legal = !options.impossible(found.scale) && options.img_size > options.window_size;
  return legal && has_masks(shapes, options) ? std::optional(found) : std::nullopt;
}

DwtOptions dwt_s() {
  DwtOptions options;
  options.window_size = 8;
  return options;
}

}  // namespace sr::arch
