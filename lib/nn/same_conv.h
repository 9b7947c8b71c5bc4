#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// A convolution of [N, C, H, W] with an odd kernel that keeps the size, padded with zeros;
/// depthwise where kernels see one channel.
at::Tensor same_conv(const at::Tensor& features, const Layer& layer, std::int64_t dilation = 1);

/// A feed-forward part of Restormer and of networks made of it (Zamir et al., 2022): a 1x1
/// convolution, a depthwise 3x3 one, of whose output GELU of one half gates the other, and a 1x1
/// one.
struct GatedConv {
  Layer in, depthwise, out;
};
at::Tensor gated_conv(const at::Tensor& features, const GatedConv& gate);

}  // namespace sr
