#pragma once

#include <tuple>

#include <ATen/core/Tensor.h>

namespace sr {

// Operators that others here are made of; lib/nn/feature_kernels.h says what they do.

at::Tensor bias_prelu(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& slope);
std::tuple<at::Tensor, at::Tensor> bias_prelu_backward(const at::Tensor& x, const at::Tensor& bias,
                                                       const at::Tensor& slope,
                                                       const at::Tensor& grad);
void bias_leaky_relu(const at::Tensor& x, const at::Tensor& bias, double slope, at::Tensor& out);
at::Tensor bias_scale_add(const at::Tensor& x, const at::Tensor& bias, double scale,
                          const at::Tensor& features);

/// [columns]: the sums over the rows of a dense float32 [rows, columns], in a fixed order.
at::Tensor sum_of_rows(const at::Tensor& rows);

}  // namespace sr
