#include "loss/gaussian.h"

#include <torch/torch.h>

namespace sr {

at::Tensor gaussian_window(std::int64_t size, double sigma) {
  const std::int64_t radius = size / 2;
  const at::Tensor distance = at::arange(size, at::kDouble) - static_cast<double>(radius);
  const at::Tensor weights = (distance.square() / (-2 * sigma * sigma)).exp();
  return weights / weights.sum();
}

namespace {

at::Tensor convolved(const at::Tensor& images, const at::Tensor& along_x, const at::Tensor& along_y,
                     std::int64_t padding) {
  const auto taps = [&](const at::Tensor& window) { return window.to(images.scalar_type()); };
  const std::int64_t size = along_x.numel();
  const auto shape = images.sizes();
  const at::Tensor planes = images.reshape({shape[0] * shape[1], 1, shape[2], shape[3]});
  const at::Tensor rows =
      at::conv2d(planes, taps(along_x).view({1, 1, 1, size}), {}, 1, at::IntArrayRef({0, padding}));
  const at::Tensor both =
      at::conv2d(rows, taps(along_y).view({1, 1, size, 1}), {}, 1, at::IntArrayRef({padding, 0}));
  return both.view({shape[0], shape[1], both.size(2), both.size(3)});
}

}  // namespace

at::Tensor convolve_separable(const at::Tensor& images, const at::Tensor& window,
                              std::int64_t padding) {
  return convolved(images, window, window, padding);
}

at::Tensor convolve_separable(const at::Tensor& images, const at::Tensor& along_x,
                              const at::Tensor& along_y) {
  return convolved(images, along_x, along_y, 0);
}

}  // namespace sr
