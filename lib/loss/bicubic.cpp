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

}  // namespace sr
