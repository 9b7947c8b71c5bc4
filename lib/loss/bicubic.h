#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// [N, C, H, W] to [N, C, H / factor, W / factor], at least 1 x 1, by PyTorch's antialiased bicubic
/// interpolation, which may leave [0, 1]. The same images for a factor of 1.
at::Tensor bicubic_shrunk(const at::Tensor& images, std::int64_t factor);

}  // namespace sr
