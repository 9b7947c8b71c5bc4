#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

// Operators that others here are made of; lib/nn/feature_kernels.h says what they do.

void bias_leaky_relu(const at::Tensor& x, const at::Tensor& bias, double slope, at::Tensor& out);
at::Tensor bias_scale_add(const at::Tensor& x, const at::Tensor& bias, double scale,
                          const at::Tensor& features);

}  // namespace sr
