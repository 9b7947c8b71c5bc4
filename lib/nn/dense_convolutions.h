#pragma once

#include <tuple>

#include <ATen/core/Tensor.h>

namespace sr {

// 3x3 convolutions of features that has_feature_kernels() takes, with what comes before or behind
// them. What is called input, `out` and `sum` may be channels of a wider tensor. By own kernels
// where measurements say so (docs/decisions/0043), otherwise by cuDNN: a choice that is made anew
// in each process, as cuDNN makes its own. With deterministic algorithms it is cuDNN.
//
// `weight` [O, I, 3, 3] in the type of the features, `bias` float32 [O], `input` [N, I, H, W],
// `gradient` [N, O, H, W], dense.

/// A weight in the type of the features, laid out as these convolutions read it if it is copied for
/// that: a layout of another kind is packed anew by each of them.
at::Tensor packed_weight(const at::Tensor& weight, at::ScalarType type);

/// out := leaky_relu(conv(input, weight) + bias), slope > 0.
void conv_leaky_relu(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                     double slope, at::Tensor& out);
/// features + scale (conv(input, weight) + bias). All dense.
at::Tensor conv_scale_add(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                          double scale, const at::Tensor& features);

/// The dense gradient of the input, of which only the sizes are read.
at::Tensor conv_data_gradient(const at::Tensor& gradient, const at::Tensor& input,
                              const at::Tensor& weight);
/// sum += the gradient of the input.
void add_conv_data_gradient(const at::Tensor& gradient, const at::Tensor& input,
                            const at::Tensor& weight, at::Tensor& sum);
/// The gradient of the weight, in float32 or in the weight's type.
at::Tensor conv_weight_gradient(const at::Tensor& gradient, const at::Tensor& input,
                                const at::Tensor& weight);

// The same of prelu(features + bias, slope) as the input: `features` [N, I, H, W] dense, `bias` and
// `slope` float32 [I]. What is activated is in memory only where cuDNN computes.

/// conv(prelu(features + bias, slope), weight).
at::Tensor prelu_conv(const at::Tensor& features, const at::Tensor& bias, const at::Tensor& slope,
                      const at::Tensor& weight);
/// The dense gradient of the features, and [2, I] float32, those of bias and slope.
std::tuple<at::Tensor, at::Tensor> prelu_conv_data_gradient(const at::Tensor& gradient,
                                                            const at::Tensor& features,
                                                            const at::Tensor& bias,
                                                            const at::Tensor& slope,
                                                            const at::Tensor& weight);
/// The gradient of the weight, in float32 or in the weight's type.
at::Tensor prelu_conv_weight_gradient(const at::Tensor& gradient, const at::Tensor& features,
                                      const at::Tensor& bias, const at::Tensor& slope,
                                      const at::Tensor& weight);

}  // namespace sr
