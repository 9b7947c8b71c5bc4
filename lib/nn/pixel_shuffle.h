#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

/// pixel_shuffle(features, scale) + nearest-upsampled base, in the type of `base` and one pass, so
/// that neither the shuffled nor the upsampled image exists by itself. `features` [N, C * scale^2,
/// H, W], `base` [N, C, H, W] float32 without gradient -> [N, C, H * scale, W * scale] in the
/// memory format of `features`.
at::Tensor pixel_shuffle_add(const at::Tensor& features, const at::Tensor& base, int scale);

}  // namespace sr
