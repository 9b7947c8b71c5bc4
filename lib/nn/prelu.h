#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

/// conv3x3(prelu(features, slope), weight, bias), stride 1, padding 1: the repeating part of a
/// Compact network as one autograd node. `features` [N, C, H, W] is the output of the convolution
/// before; it is used up: with gradients off it may be overwritten. `slope` is [C]; an undefined
/// `bias` is none.
///
/// On the CPU (float32, bfloat16, float64) the activation is recomputed in backward from
/// `features`, so that one tensor of its size is kept for a layer where composed operators keep
/// two, and PReLU's backward is one pass over memory that gives both gradients, where LibTorch
/// writes the slope's gradient in full size and then sums it. Sums run over fixed blocks in a fixed
/// order: their bits do not depend on the number of threads. Elsewhere it is LibTorch's operators.
///
/// In bfloat16 and channels_last, processors with Intel AMX compute the whole layer with own
/// kernels (nn/tile_conv.h): activation and convolution are one pass, no activated copy is written,
/// and the gradients of parameters are not rounded to bfloat16.
///
/// Under autocast the parameters are cast to the type of `features`; their gradients come back in
/// float32.
at::Tensor prelu_conv3x3(const at::Tensor& features, const at::Tensor& slope,
                         const at::Tensor& weight, const at::Tensor& bias);

/// conv3x3(prelu(features + bias, slope), weight) of features that has_feature_kernels() accepts:
/// the bias that the convolution before has left out, and none of its own. As above in memory and
/// types.
at::Tensor bias_prelu_conv3x3(const at::Tensor& features, const at::Tensor& bias,
                              const at::Tensor& slope, const at::Tensor& weight);

}  // namespace sr
