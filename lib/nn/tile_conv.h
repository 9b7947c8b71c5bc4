#pragma once

#include <ATen/core/Tensor.h>

#include "nn/tile_conv_plan.h"

namespace sr {

// conv3x3(prelu(features, slope), weight, bias) in bfloat16 on tiles of a matrix unit, the
// activation and its gradient within the same passes over memory.
//
// features [N, C, H, W] and gradient [N, O, H, W]: bfloat16, channels_last, dense. slope [C],
// weight [O, C, 3, 3] and bias [O] (or undefined): float32. Activations and weights are rounded to
// bfloat16, sums are float32; results are rounded once. Values below the smallest normal number
// count as zero. Sums of a fixed part of the pixels are added in a fixed order: the bits do not
// depend on the number of threads.

/// The kernels for these features: those of Intel AMX where the processor and the system have them,
/// null for other features and with SR_OWN_CONVOLUTIONS=off in the environment.
const tiles::Kernels* tile_kernels(const at::Tensor& features);

/// [N, O, H, W] in bfloat16, channels_last.
at::Tensor tile_prelu_conv(const tiles::Kernels& kernels, const at::Tensor& features,
                           const at::Tensor& slope, const at::Tensor& weight,
                           const at::Tensor& bias);

/// Gradients: of features in bfloat16, channels_last; the others in float32, that of the bias also
/// where there is none.
struct TileGradients {
  at::Tensor features, slope, weight, bias;
};

TileGradients tile_prelu_conv_backward(const tiles::Kernels& kernels, const at::Tensor& gradient,
                                       const at::Tensor& features, const at::Tensor& slope,
                                       const at::Tensor& weight);

}  // namespace sr
