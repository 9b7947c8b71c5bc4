#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// Mish of the features, keeping `features` alone; on the CPU by an own kernel (mish_kernel.h).
at::Tensor fast_mish(const at::Tensor& features);

/// A gated unit and the 3x3 convolution behind it: conv3x3(mish(gates) * (values, mixed), conv),
/// where `wide` [N, 2 C, H, W] holds the C gates, then the C - K values and K more channels that
/// the caller made `mixed` [N, K, H, W] of. One autograd node that keeps `wide` and `mixed` and
/// computes their product once more in backward. Under autocast the convolution runs in the type
/// of `wide`.
at::Tensor mish_gated_conv3x3(const at::Tensor& wide, const at::Tensor& mixed, const Layer& conv);

}  // namespace sr
