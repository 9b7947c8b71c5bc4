#pragma once

#include <tuple>

#include <ATen/core/Tensor.h>

namespace sr {

// What comes behind a convolution that leaves its bias to others, in one pass over memory each, for
// CUDA features in channels_last [N, C, H, W]. `bias` and `slope` are float32 [C]. Gradients of
// float32 parameters come as sums [k, C] in float32, taken in a fixed order.

/// Whether the functions below take features of this device, type and layout: bfloat16, float16 or
/// float32, the channels of a pixel side by side in vectors of 16 bytes.
bool has_feature_kernels(const at::Tensor& features);

/// x + bias by LibTorch, for what the functions below do not take; in the type of x.
at::Tensor add_bias(const at::Tensor& x, const at::Tensor& bias);

/// prelu(x + bias, slope). x is dense.
at::Tensor bias_prelu(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& slope);
/// The gradient of x, and the sums of bias and slope. All dense.
std::tuple<at::Tensor, at::Tensor> bias_prelu_backward(const at::Tensor& x, const at::Tensor& bias,
                                                       const at::Tensor& slope,
                                                       const at::Tensor& grad);

/// out := leaky_relu(x + bias), slope > 0. x is dense; `out` may be channels of a wider tensor.
void bias_leaky_relu(const at::Tensor& x, const at::Tensor& bias, double slope, at::Tensor& out);
/// The dense gradient of x, and the sum of the bias. Both may be channels of a wider tensor.
std::tuple<at::Tensor, at::Tensor> leaky_relu_backward(const at::Tensor& out,
                                                       const at::Tensor& grad, double slope);

/// bias_leaky_relu() as an operation with gradients.
at::Tensor biased_leaky_relu(const at::Tensor& x, const at::Tensor& bias, double slope);

/// features + scale (x + bias). All dense.
at::Tensor bias_scale_add(const at::Tensor& x, const at::Tensor& bias, double scale,
                          const at::Tensor& features);
/// The gradient of x, and the sum of the bias. Dense.
std::tuple<at::Tensor, at::Tensor> scale_backward(const at::Tensor& grad, double scale);

}  // namespace sr
