#include "nn/warp.h"

#include <torch/torch.h>

namespace sr {
namespace {

/// Places along one axis, of the shape of `shift` [N, 1, H, W], moved by it.
at::Tensor moved_places(const at::Tensor& shift, std::int64_t axis) {
  const std::int64_t length = shift.size(axis);
  const at::Tensor places = at::arange(length, shift.options());
  return shift + (axis == 2 ? places.view({1, 1, length, 1}) : places.view({1, 1, 1, length}));
}

/// Two neighbours of each place along an axis, and how far it is from the first to the second.
struct Neighbours {
  at::Tensor first, second;  ///< int64
  at::Tensor share;
};

Neighbours neighbours_of(const at::Tensor& places, std::int64_t length) {
  const auto last = static_cast<double>(length - 1);
  const at::Tensor inside = places.clamp(0, last);
  const at::Tensor first = inside.detach().floor();
  return {first.to(at::kLong), (first + 1).clamp_max(last).to(at::kLong), inside - first};
}

at::Tensor of_four_pixels(const at::Tensor& images, const at::Tensor& flow) {
  const std::int64_t width = images.size(3);
  const Neighbours columns = neighbours_of(moved_places(flow.narrow(1, 0, 1), 3), width);
  const Neighbours rows = neighbours_of(moved_places(flow.narrow(1, 1, 1), 2), images.size(2));
  const at::Tensor flat = images.flatten(2);
  const auto pixels = [&](const at::Tensor& row, const at::Tensor& column) {
    const at::Tensor places = (row * width + column).flatten(2);
    return flat.gather(2, places.expand(flat.sizes())).view(images.sizes());
  };
  const at::Tensor left = 1 - columns.share;
  const at::Tensor above = 1 - rows.share;
  return left * above * pixels(rows.first, columns.first) +
         columns.share * above * pixels(rows.first, columns.second) +
         left * rows.share * pixels(rows.second, columns.first) +
         columns.share * rows.share * pixels(rows.second, columns.second);
}

at::Tensor sampled(const at::Tensor& images, const at::Tensor& flow) {
  // As the sampler counts: from -1 to 1 between the outer edges of the pixels.
  const auto along = [&](std::int64_t channel, std::int64_t axis) {
    const at::Tensor places = moved_places(flow.narrow(1, channel, 1), axis);
    return (places + 0.5) * (2.0 / static_cast<double>(flow.size(axis))) - 1;
  };
  const at::Tensor grid = at::cat({along(0, 3), along(1, 2)}, 1).permute({0, 2, 3, 1});
  constexpr std::int64_t kBilinear = 0;
  constexpr std::int64_t kBorder = 1;
  return at::grid_sampler_2d(images, grid, kBilinear, kBorder, /*align_corners=*/false);
}

}  // namespace

at::Tensor warped(const at::Tensor& images, const at::Tensor& flow) {
  const at::ScalarType type = at::promoteTypes(images.scalar_type(), at::kFloat);
  const at::Tensor pixels = images.to(type);
  const at::Tensor shifts = flow.to(type);
  return at::GradMode::is_enabled() ? of_four_pixels(pixels, shifts) : sampled(pixels, shifts);
}

}  // namespace sr
