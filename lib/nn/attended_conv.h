#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// Two 3x3 convolutions, GELU between them, and channel attention (RCAN's, without its skip): HAT's
/// and GRL's convolutions beside the attention of a block.
struct AttendedConv {
  Layer narrow, widen;
  Layer squeeze, excite;  ///< 1x1, of the mean of the image
};

/// Pixels [N, H, W, C] to as many.
at::Tensor attended_conv(const at::Tensor& pixels, const AttendedConv& conv);

}  // namespace sr
