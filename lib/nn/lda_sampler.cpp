#include "nn/lda_sampler.h"

#include <array>
#include <cmath>
#include <string>

#include <torch/torch.h>

#include "nn/convolved.h"
#include "nn/pixel_norm.h"

namespace sr {
namespace {

constexpr std::int64_t kReduction = 4;  // channels over those of queries and keys
constexpr std::int64_t kHalves = 2;
constexpr std::int64_t kSide = 3;
constexpr std::int64_t kSamples = kSide * kSide;
constexpr double kRange = 11;  // of the offsets, output pixels

enum class Axis { kRows = 0, kColumns = 1 };

/// Places [M, 9, H, W] along one axis as grid_sampler counts them, from -1 to 1 between the centres
/// of the outer pixels. `offset` [M, 3, 3, H, W], rows of samples first, is in output pixels.
at::Tensor grid_places(const at::Tensor& offset, Axis axis) {
  const bool rows = axis == Axis::kRows;
  const at::Tensor pixels = at::arange(offset.size(rows ? 3 : 4), offset.options());
  const at::Tensor centres = rows ? pixels.view({-1, 1}) : pixels;
  const at::Tensor from_centre = at::arange(kSide, offset.options()) - (kSide - 1) / 2;
  const at::Tensor moved = offset + from_centre.view({rows ? kSide : 1, rows ? 1 : kSide, 1, 1});
  return ((moved + centres) * 2 / pixels.select(0, -1) - 1).flatten(1, 2);
}

}  // namespace

LdaSampler::LdaSampler(const Settings& settings, at::Generator& generator)
    : scale_(settings.scale) {
  const std::int64_t channels = settings.channels;
  const std::int64_t inside = channels / kReduction;
  const auto conv = [&](const std::string& name, const std::array<std::int64_t, 4>& shape,
                        bool with_bias = false) {
    if (settings.deviation == 0) {
      return add_layer(name, default_layer(shape, with_bias, generator));
    }
    return add_layer(name, {truncated_normal(shape, settings.deviation, generator),
                            with_bias ? torch::zeros({shape[0]}) : at::Tensor()});
  };
  const auto norm = [&](const std::string& name, std::int64_t width) {
    return add_layer(name, {torch::ones({width}), torch::zeros({width})});
  };
  constexpr double kTableDeviation = 0.02;
  const std::int64_t half = inside / kHalves;
  table_ = add_parameter("relative_position_bias_table",
                         truncated_normal({1, 1, 1, kSamples, inside}, kTableDeviation, generator));
  query_ = conv("proj_q", {inside, channels, 1, 1});
  key_ = conv("proj_k", {inside, channels, 1, 1});
  depthwise_ = conv("conv_offset.0", {half, 1, 3, 3});
  offset_norm_ = norm("conv_offset.1", half);
  offset_ = conv("conv_offset.3", {2 * kSamples, half, 3, 3}, /*with_bias=*/true);
  norm_ = norm("layer_norm", channels);
}

at::Tensor LdaSampler::sampling_places(const at::Tensor& queries) const {
  const at::Tensor inside =
      at::silu(layer_norm_of_pixels(convolved(queries, depthwise_), offset_norm_));
  const at::Tensor raw = convolved(inside, offset_);
  const at::Tensor offset = raw.to(at::promoteTypes(raw.scalar_type(), at::kFloat)).tanh() * kRange;
  // y and x of each sample in turns.
  const at::Tensor pairs =
      offset.reshape({offset.size(0), kSide, kSide, 2, offset.size(2), offset.size(3)});
  const at::Tensor y = grid_places(pairs.select(3, 0), Axis::kRows);
  const at::Tensor x = grid_places(pairs.select(3, 1), Axis::kColumns);
  return at::stack({x, y}, -1).flatten(1, 2);
}

at::Tensor LdaSampler::operator()(const at::Tensor& features) const {
  const std::int64_t images = features.size(0);
  const std::int64_t height = features.size(2);
  const std::int64_t width = features.size(3);
  const std::int64_t large_height = height * scale_;
  const std::int64_t large_width = width * scale_;
  const at::Tensor normalized = layer_norm_of_pixels(features, norm_);
  const at::Tensor queries =
      at::upsample_bilinear2d(convolved(normalized, query_), {large_height, large_width},
                              /*align_corners=*/true);
  const at::Tensor keys = convolved(normalized, key_);
  const at::Tensor places = sampling_places(
      queries.reshape({images * kHalves, queries.size(1) / kHalves, large_height, large_width}));

  // Keys and values of a half are sampled at the same places.
  const auto halves = [&](const at::Tensor& values) {
    return values.to(places.scalar_type())
        .reshape({images * kHalves, values.size(1) / kHalves, height, width});
  };
  constexpr std::int64_t kBilinear = 0;
  constexpr std::int64_t kZeros = 0;
  const at::Tensor samples =
      at::grid_sampler_2d(at::cat({halves(keys), halves(features)}, 1), places, kBilinear, kZeros,
                          /*align_corners=*/true)
          .view({images, kHalves, -1, kSamples, large_height, large_width});

  const std::int64_t inside = keys.size(1);
  const at::Tensor asked =
      queries.to(places.scalar_type())
          .reshape({images, kHalves, inside / kHalves, 1, large_height, large_width});
  const at::Tensor table = table_.view({kSamples, kHalves, inside / kHalves, 1, 1}).movedim(0, 2);
  const at::Tensor scores =
      (asked * (samples.narrow(2, 0, inside / kHalves) + table)).sum(at::IntArrayRef{1, 2});
  const at::Tensor attention = (scores / std::sqrt(static_cast<double>(inside))).softmax(1);
  const at::Tensor values = samples.narrow(2, inside / kHalves, features.size(1) / kHalves);
  return (attention.view({images, 1, 1, kSamples, large_height, large_width}) * values)
      .sum(3)
      .flatten(1, 2)
      .to(features.scalar_type());
}

}  // namespace sr
