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
  const at::Tensor centres = (torch::arange(length, offset.options()) + 0.5).view(shape);
  return (offset + centres) * (2.0 / static_cast<double>(length)) - 1;
}

}  // namespace

at::Tensor dysample_positions() {
  // Half a pixel of the large image to either side: offsets j in x, i in y, for sub-pixel (i, j).
  const at::Tensor sides = torch::tensor({-0.25F, 0.25F});
  const at::Tensor x = sides.view({1, 2}).expand({2, 2});
  const at::Tensor y = sides.view({2, 1}).expand({2, 2});
  return torch::stack({x, y})
      .view({2, 1, std::int64_t{DySample::kScale} * DySample::kScale})
      .repeat({1, DySample::kGroups, 1})
      .view({1, DySample::kOffsets, 1, 1});
}

at::Tensor dysample(const at::Tensor& features, const DySample& layer) {
  constexpr int kScale = DySample::kScale;
  constexpr int kGroups = DySample::kGroups;
  const std::int64_t images = features.size(0);
  const std::int64_t height = features.size(2);
  const std::int64_t width = features.size(3);
  const at::Tensor offset = at::conv2d(features, layer.offset.weight, layer.offset.bias) *
                                at::conv2d(features, layer.scope).sigmoid() * 0.5 +
                            layer.init_pos;
  const at::Tensor shifts = offset.to(at::kFloat).reshape({images, 2, -1, height, width});
  at::Tensor places = at::cat({grid_places(shifts.narrow(1, 0, 1), /*axis=*/4),
                               grid_places(shifts.narrow(1, 1, 1), /*axis=*/3)},
                              1);
  places = at::pixel_shuffle(places.reshape({images, -1, height, width}), kScale)
               .view({images, 2, kGroups, kScale * height, kScale * width})
               .permute({0, 2, 3, 4, 1})
               .contiguous()
               .flatten(0, 1);
  const at::Tensor groups = features.to(at::kFloat).reshape({images * kGroups, -1, height, width});
  constexpr std::int64_t kBilinear = 0;
  constexpr std::int64_t kBorder = 1;
  return at::grid_sampler_2d(groups, places, kBilinear, kBorder, /*align_corners=*/false)
      .reshape({images, -1, kScale * height, kScale * width})
      .to(features.scalar_type());
}

}  // namespace sr
