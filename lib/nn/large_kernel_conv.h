#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// A dense convolution of a few channels with a large kernel of odd sides (13x13, 17x17), stride 1,
/// same padding: [N, C, H, W] -> [N, O, H, W] in the type of `features`.
///
/// On the CPU it is computed in channels_last and float32 whatever the features are in. There
/// oneDNN has no fast bfloat16 kernel for it, and for the gradient of kernels wider than 14 no fast
/// channels_last kernel in any type (a hundred times slower than other passes): that gradient is
/// taken in pieces of columns.
at::Tensor large_kernel_conv(const at::Tensor& features, const Layer& layer);

}  // namespace sr
