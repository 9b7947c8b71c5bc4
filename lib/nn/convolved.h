#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// A convolution that keeps the size of [N, C, H, W]: stride 1, zeros around, odd sides. Groups
/// follow from the weight: one for kernels that see all channels, C for depthwise ones, which see
/// one.
at::Tensor convolved(const at::Tensor& features, const Layer& layer, std::int64_t dilation = 1);

}  // namespace sr
