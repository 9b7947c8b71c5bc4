#include "arch/emt.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>

namespace sr::arch {
namespace {

constexpr int kLargestGrid = 1024;

bool are_pairs(const std::vector<std::vector<int>>& lists) {
  return std::ranges::all_of(lists, [](const std::vector<int>& list) { return list.size() == 2; });
}

/// `upsampler` and the scale.
std::optional<std::pair<WindowUpsampler, int>> tail_of(const TensorShapes& shapes, int width) {
  if (!shapes.has("tail.2.weight")) {
    const std::optional<int> scale = shuffled_scale(shapes.size("tail.0.weight", 0), kRgb);
    const bool direct = scale.value_or(1) > 1;
    return scale ? std::optional(std::pair(direct ? WindowUpsampler::kPixelShuffleDirect
                                                  : WindowUpsampler::kPixelShuffle,
                                           *scale))
                 : std::nullopt;
  }
  constexpr int kLargestScale = 64;
  int scale = 1;
  for (int index = 0; scale <= kLargestScale; index += 2) {
    const std::int64_t outputs = shapes.size(fmt::format("tail.{}.weight", index), 0);
    const std::optional<int> step = shuffled_scale(outputs, width);
    if (outputs == kRgb) {
      return std::pair(WindowUpsampler::kPixelShuffle, scale);
    }
    if (!step || (*step != 2 && *step != 3)) {
      return std::nullopt;
    }
    scale *= *step;
  }
  return std::nullopt;
}

}  // namespace

int EmtOptions::grid() const {
  int multiple = 1;
  for (const std::vector<int>& window : window_list) {
    for (const int side : window) {
      multiple = std::min(std::lcm(multiple, side), kLargestGrid + 1);
    }
  }
  return multiple;
}

std::optional<Impossible> EmtOptions::impossible(int /*scale*/) const {
  if (dim % kDirections != 0) {
    return Impossible{"dim", fmt::format("needs a multiple of 5, got {}", dim)};
  }
  if (window_list.empty() || !are_pairs(window_list)) {
    return Impossible{"window_list", "needs a height and a width for each shape of windows"};
  }
  if (!are_pairs(shift_list) || (!shift_list.empty() && shift_list.size() != window_list.size())) {
    return Impossible{"shift_list", fmt::format("needs two entries for each of the {} shapes of "
                                                "window_list, or none at all",
                                                window_list.size())};
  }
  if (grid() > kLargestGrid) {
    return Impossible{"window_list", "has sides whose least common multiple is more than 1024"};
  }
  const std::size_t parts = window_list.size() * static_cast<std::size_t>(num_heads);
  if (static_cast<std::size_t>(dim) % parts != 0) {
    return Impossible{"num_heads", fmt::format("{} heads in each of {} shapes of windows do not "
                                               "divide dim {}",
                                               num_heads, window_list.size(), dim)};
  }
  return std::nullopt;
}

std::optional<Recognised<EmtOptions>> EmtOptions::recognise(const TensorShapes& shapes) {
  const std::string first = "body.0.mlp_list.0.fc1.";
  const std::optional<int> width = within(shapes.size("head.weight", 0), features());
  if (!width || !shapes.has(first + "mask")) {
    return std::nullopt;
  }
  const std::optional<int> amount = within(shapes.count("body."), blocks());
  const std::optional<int> layers = within(shapes.count("body.0.mlp_list."), blocks());
  const std::optional<int> ratio =
      within(shapes.size(first + "weight", 0) / *width, between(1, 64));
  const auto tail = tail_of(shapes, *width);
  if (!amount || !layers || !ratio || !tail) {
    return std::nullopt;
  }
  Recognised<EmtOptions> found;
  EmtOptions& options = found.options;
  found.scale = tail->second;
  options.upsampler = tail->first;
  options.dim = *width;
  options.n_blocks = *amount;
  options.n_layers = *layers;
  options.mlp_ratio = *ratio;
  options.n_gtls = 0;
  while (options.n_gtls < *layers &&
         shapes.has(fmt::format("body.0.sa_list.{}.attn.0.weight", options.n_gtls))) {
    ++options.n_gtls;
  }
  return options.impossible(found.scale) ? std::nullopt : std::optional(found);
}

}  // namespace sr::arch
