#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// [N, C, H, W] to [N, C, H / factor, W / factor], at least 1 x 1, by PyTorch's antialiased bicubic
/// interpolation, which may leave [0, 1]. The same images for a factor of 1.
at::Tensor bicubic_shrunk(const at::Tensor& images, std::int64_t factor);

/// [N, C, h, w] to [N, C, height, width] by the same interpolation, clamped to [0, 1].
at::Tensor bicubic_enlarged(const at::Tensor& images, std::int64_t height, std::int64_t width);

}  // namespace sr
