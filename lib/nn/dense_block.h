#pragma once

#include <array>

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// The residual dense block of ESRGAN (Wang et al., 2018): four 3x3 convolutions with LeakyReLU
/// (0.2), each on the channels of the input and of those before it, and a fifth back to the input's
/// channels; output = input + 0.2 * fifth. `features` [N, F, H, W]; layer k < 4 has weight
/// [G, F + k G, 3, 3], layer 4 [F, F + 4 G, 3, 3].
///
/// One autograd node that keeps one tensor of F + 4 G channels for backward. Composed operators
/// keep all five concatenations and four activations, 5 F + 14 G channels: 3.3 times as much for
/// F 64 and G 32, and the dense blocks hold most of an RRDB network's memory.
///
/// Under autocast the parameters are cast to the type of `features`; their gradients come back in
/// their own type.
at::Tensor residual_dense_block(const at::Tensor& features, const std::array<Layer, 5>& layers);

}  // namespace sr
