#include "nn/ngram_context.h"

#include <cmath>
#include <vector>

#include <torch/torch.h>

#include "nn/linear_layer.h"
#include "nn/window_attention.h"

namespace sr {
namespace {

constexpr double kDeviation = 0.02;
constexpr Window kNeighbours{2, 2};

/// One more along rows and columns by reflection: behind the last, or in front of the first.
at::Tensor with_reflections(const at::Tensor& windows, bool behind) {
  at::Tensor grown = windows;
  for (const std::int64_t axis : {1, 2}) {
    // Counted from the end, the place is the same in images of all sizes: files for other programs
    // have one number.
    grown = behind ? at::cat({grown, grown.select(axis, -2).unsqueeze(axis)}, axis)
                   : at::cat({grown.narrow(axis, 1, 1), grown}, axis);
  }
  return grown;
}

/// Each 2x2 of neighbours, [N * rows * columns, 4, features]; one row and column less.
at::Tensor neighbours(const at::Tensor& windows) {
  const std::int64_t rows = windows.size(1) - 1;
  const std::int64_t columns = windows.size(2) - 1;
  std::vector<at::Tensor> places;
  for (std::int64_t row = 0; row < kNeighbours.height; ++row) {
    for (std::int64_t column = 0; column < kNeighbours.width; ++column) {
      places.push_back(windows.narrow(1, row, rows).narrow(2, column, columns));
    }
  }
  return at::stack(places, 3).view({-1, kNeighbours.area(), windows.size(3)});
}

}  // namespace

NgramContext::NgramContext(const Settings& settings, at::Generator& generator)
    : settings_(settings), file_positions_(relative_positions(kNeighbours)) {
  const int features = settings.features;
  const int half = features / 2;
  const auto linear = [&](int outputs) {
    return linear_layer(LinearStart::kTruncatedNormal, half, outputs, /*with_bias=*/true,
                        generator);
  };
  positions_ = add_constant(file_positions_.clone());
  kernel_ = add_layer("unigram_embed", default_layer({1, 2, settings.side, settings.side},
                                                     /*with_bias=*/true, generator));
  constexpr std::int64_t kOffsets = (2 * kNeighbours.height - 1) * (2 * kNeighbours.width - 1);
  table_ = add_parameter("ngram_attn.relative_position_bias_table",
                         truncated_normal({kOffsets, settings.heads}, kDeviation, generator));
  qkv_ = add_layer("ngram_attn.qkv", linear(3 * half));
  proj_ = add_layer("ngram_attn.proj", linear(half));
  merge_ =
      add_layer("merge", default_layer({features, features, 1, 1}, /*with_bias=*/true, generator));
}

at::Tensor NgramContext::of_windows(const at::Tensor& pixels) const {
  const std::int64_t side = settings_.side;
  const std::int64_t half = settings_.features / 2;
  const at::Tensor pairs = to_windows(pixels, {side, side})
                               .view({-1, side * side, half, 2})
                               .permute({0, 2, 3, 1})
                               .reshape({-1, half, 2 * side * side});
  return at::linear(pairs, kernel_.weight.reshape({1, -1}), kernel_.bias)
      .view({pixels.size(0), pixels.size(1) / side, pixels.size(2) / side, half});
}

at::Tensor NgramContext::mixed(const at::Tensor& windows, bool forward) const {
  const std::int64_t half = windows.size(3);
  const std::int64_t heads = settings_.heads;
  // Projections are of one window each: before the overlapping neighbours, and behind their mean.
  const at::Tensor qkv =
      neighbours(at::linear(with_reflections(windows, forward), qkv_.weight, qkv_.bias))
          .view({-1, kNeighbours.area(), 3, heads, half / heads})
          .permute({2, 0, 3, 1, 4});
  const double scale = 1 / std::sqrt(static_cast<double>(half / heads));
  const at::Tensor seen = attend(qkv[0] * scale, qkv[1], qkv[2], position_bias(table_, positions_),
                                 /*mask=*/{})
                              .mean({2});
  return at::linear(seen.reshape(windows.sizes()), proj_.weight, proj_.bias);
}

at::Tensor NgramContext::operator()(const at::Tensor& pixels) const {
  const at::Tensor windows = of_windows(pixels);
  const at::Tensor both = at::cat({mixed(windows, true), mixed(windows, false)}, 3);
  return at::linear(both, merge_.weight.flatten(1), merge_.bias);
}

}  // namespace sr
