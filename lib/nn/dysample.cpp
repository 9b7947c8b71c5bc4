#include "nn/dysample.h"

#include <vector>

#include <torch/torch.h>

namespace sr {
namespace {

/// Places along one axis of `length` pixels, in pixels from a pixel's centre, as grid_sampler
/// counts them: from -1 to 1. `offset` [N, 1, ..., H, W], `axis` the one that the places run along.
at::Tensor grid_places(const at::Tensor& offset, std::int64_t axis) {
  const std::int64_t length = offset.size(axis);
  std::vector<std::int64_t> shape(static_cast<std::size_t>(offset.dim()), 1);
  shape[static_cast<std::size_t>(axis)] = length;
  const at::Tensor centres = (at::arange(length, offset.options()) + 0.5).view(shape);
  return (offset + centres) * (2.0 / static_cast<double>(length)) - 1;
}

/// The end convolution's share of each group, [N, groups * out, H, W]: their samples' sum over the
/// groups is the convolution of the samples but for its bias.
at::Tensor convolved_groups(const at::Tensor& features, const DySample& layer) {
  const std::int64_t outputs = layer.end.weight.size(0);
  const at::Tensor weight = layer.end.weight.view({outputs, layer.groups, -1})
                                .transpose(0, 1)
                                .reshape({outputs * layer.groups, -1, 1, 1});
  return at::conv2d(features, weight, {}, /*stride=*/1, /*padding=*/"valid", /*dilation=*/1,
                    layer.groups);
}

/// Where each output pixel is sampled, as grid_sampler takes it: [N * groups, scale H, scale W, 2].
at::Tensor sampling_places(const at::Tensor& features, const DySample& layer) {
  const std::int64_t images = features.size(0);
  const std::int64_t height = features.size(2);
  const std::int64_t width = features.size(3);
  const at::Tensor offset = at::conv2d(features, layer.offset.weight, layer.offset.bias) *
                                at::conv2d(features, layer.scope).sigmoid() * 0.5 +
                            layer.init_pos;
  const at::Tensor shifts = offset.to(at::kFloat).reshape({images, 2, -1, height, width});
  const at::Tensor places = at::cat({grid_places(shifts.narrow(1, 0, 1), /*axis=*/4),
                                     grid_places(shifts.narrow(1, 1, 1), /*axis=*/3)},
                                    1);
  return at::pixel_shuffle(places.reshape({images, -1, height, width}), layer.scale)
      .view({images, 2, layer.groups, layer.scale * height, layer.scale * width})
      .permute({0, 2, 3, 4, 1})
      .contiguous()
      .flatten(0, 1);
}

}  // namespace

at::Tensor dysample_positions(int scale, int groups) {
  // Centres of the sub-pixels, from the pixel's: offsets j in x, i in y, for sub-pixel (i, j).
  const at::Tensor sides = (torch::arange(scale) - (scale - 1) / 2.0).to(at::kFloat) / scale;
  const at::Tensor x = sides.view({1, scale}).expand({scale, scale});
  const at::Tensor y = sides.view({scale, 1}).expand({scale, scale});
  return torch::stack({x, y})
      .view({2, 1, std::int64_t{scale} * scale})
      .repeat({1, groups, 1})
      .view({1, -1, 1, 1});
}

at::Tensor dysample(const at::Tensor& features, const DySample& layer) {
  const std::int64_t images = features.size(0);
  const std::int64_t height = features.size(2);
  const std::int64_t width = features.size(3);
  const at::Tensor places = sampling_places(features, layer);
  const bool has_end = layer.end.weight.defined();
  const at::Tensor groups = (has_end ? convolved_groups(features, layer) : features)
                                .to(at::kFloat)
                                .reshape({images * layer.groups, -1, height, width});
  constexpr std::int64_t kBilinear = 0;
  constexpr std::int64_t kBorder = 1;
  at::Tensor samples =
      at::grid_sampler_2d(groups, places, kBilinear, kBorder, /*align_corners=*/false);
  const std::int64_t large_height = height * layer.scale;
  const std::int64_t large_width = width * layer.scale;
  if (has_end) {
    samples = samples.view({images, layer.groups, -1, large_height, large_width}).sum(1) +
              layer.end.bias.view({-1, 1, 1});
  }
  return samples.reshape({images, -1, large_height, large_width}).to(features.scalar_type());
}

DySampler::DySampler(const Settings& settings, at::Generator& generator) {
  constexpr double kDeviation = 0.02;
  const std::int64_t channels = settings.channels;
  layer_.scale = settings.scale;
  layer_.groups = settings.groups;
  if (settings.outputs > 0) {
    layer_.end =
        add_layer("end_conv", default_layer({settings.outputs, channels, 1, 1}, true, generator));
  }
  layer_.offset = add_layer(
      "offset", truncated_normal_layer({layer_.offsets(), channels, 1, 1}, kDeviation, generator));
  layer_.scope = add_parameter("scope.weight", torch::zeros({layer_.offsets(), channels, 1, 1}));
  layer_.init_pos = add_buffer("init_pos", dysample_positions(settings.scale, settings.groups));
}

}  // namespace sr
