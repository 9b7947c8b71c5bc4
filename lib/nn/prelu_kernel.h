#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

/// The CPU kernels behind prelu_conv3x3. All tensors are dense with the strides of `features`
/// (contiguous or channels_last [N, C, H, W]); types float32, bfloat16, float64; slopes and sums
/// are float32 (float64 for float64).

/// True when the kernels take this tensor.
bool has_prelu_kernel(const at::Tensor& features);

/// output := features where they are > 0, else slope * features. `output` may be `features`.
void prelu_forward(const at::Tensor& features, const at::Tensor& slope, const at::Tensor& output);

/// In: `gradient` of the activation. Out: `gradient` of `features`; returns the slope's gradient
/// [C].
at::Tensor prelu_backward(const at::Tensor& features, const at::Tensor& slope,
                          const at::Tensor& gradient);

}  // namespace sr
