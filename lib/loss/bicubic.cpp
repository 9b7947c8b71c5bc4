#include "loss/bicubic.h"

#include <algorithm>

#include <torch/torch.h>

namespace sr {

at::Tensor bicubic_shrunk(const at::Tensor& images, std::int64_t factor) {
  if (factor == 1) {
    return images;
  }
  const auto side = [&](std::int64_t size) { return std::max<std::int64_t>(1, size / factor); };
  const double scale = 1.0 / static_cast<double>(factor);
  return at::_upsample_bicubic2d_aa(images, {side(images.size(2)), side(images.size(3))},
                                    /*align_corners=*/false, scale, scale);
}

at::Tensor bicubic_enlarged(const at::Tensor& images, std::int64_t height, std::int64_t width) {
  const auto factor = [](std::int64_t to, std::int64_t from) {
    return static_cast<double>(to) / static_cast<double>(from);
  };
  return at::_upsample_bicubic2d_aa(images, {height, width}, /*align_corners=*/false,
                                    factor(height, images.size(2)), factor(width, images.size(3)))
      .clamp_(0, 1);
}

}  // namespace sr
