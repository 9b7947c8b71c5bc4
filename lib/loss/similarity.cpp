#include "loss/similarity.h"

#include <torch/torch.h>

#include "loss/color_space.h"
#include "loss/gaussian.h"

namespace sr {
namespace {

using recipe::LumaSpace;

constexpr std::int64_t kWindow = 11;
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

}  // namespace

Similarity::Similarity(bool luma, LumaSpace space)
    : luma_(luma), space_(space), window_(gaussian_window(kWindow, kSigma)) {}

at::Tensor Similarity::planes(const at::Tensor& images) const {
  // Plane by plane, as it is filtered: LibTorch's CUDA gradient of a padded average pool in
  // channels_last is wrong (pytorch issue 188344, in 2.11).
  at::Tensor clamped = images.clamp(0, 1).contiguous();
  if (!luma_) {
    return clamped;
  }
  if (space_ == LumaSpace::kYiq) {
    return weighted_channels(clamped, kYiqLuma);
  }
  if (space_ == LumaSpace::kLhm) {
    return weighted_channels(clamped, {0.2989, 0.587, 0.114});
  }
  return weighted_channels(clamped, {65.481 / 255, 128.553 / 255, 24.966 / 255}) + 16.0 / 255;
}

at::Tensor Similarity::compare(const at::Tensor& x, const at::Tensor& y, bool luminance) const {
  const bool fits = x.size(2) >= kWindow && x.size(3) >= kWindow;
  const auto blur = [&](const at::Tensor& images) {
    return convolve_separable(images, window_, fits ? 0 : kWindow / 2);
  };
  const at::Tensor mean_x = blur(x);
  const at::Tensor mean_y = blur(y);
  const at::Tensor variance_x = blur(x * x) - mean_x * mean_x;
  const at::Tensor variance_y = blur(y * y) - mean_y * mean_y;
  const at::Tensor covariance = blur(x * y) - mean_x * mean_y;
  at::Tensor structure = at::relu((2 * covariance + kC2) / (variance_x + variance_y + kC2));
  if (!luminance) {
    return structure;
  }
  return structure * (2 * mean_x * mean_y + kC1) / (mean_x.square() + mean_y.square() + kC1);
}

at::Tensor next_scale(const at::Tensor& planes) {
  return at::avg_pool2d(planes, 2, 2, at::IntArrayRef({planes.size(2) % 2, planes.size(3) % 2}));
}

}  // namespace sr
