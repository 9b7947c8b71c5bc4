#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

// Mish (Misra, 2019), x tanh(log(1 + e^x)), on the CPU in one pass with one exponential a value:
// with n = e^2x + 2 e^x it is x n / (n + 2). LibTorch's takes three transcendental functions a
// value and five times as long. Types float32, bfloat16 (computed in float32), float64.

/// Whether the functions below take this tensor: on the CPU, of these types, dense in memory.
bool has_mish_kernel(const at::Tensor& features);

/// output := mish(features), of the same strides. `output` may be `features`.
void mish_kernel_forward(const at::Tensor& features, const at::Tensor& output);

/// In: `gradient` of mish(features), of the same strides. Out: that of `features`.
void mish_kernel_backward(const at::Tensor& features, const at::Tensor& gradient);

/// A gated unit on channels_last features: `wide` [N, 2 C, H, W] holds C gates, then C - K values,
/// then K channels that are not read here, because `mixed` [N, K, H, W] stands for them;
/// output [N, C, H, W] := mish(gates) * (values, mixed).
void mish_gate_forward(const at::Tensor& wide, const at::Tensor& mixed, const at::Tensor& output);

/// From `gradient` [N, C, H, W] of the output: writes that of gates and values into
/// `grad_wide` [N, 2 C, H, W], leaving its last K channels alone, and that of `mixed` into
/// `grad_mixed`. All channels_last.
void mish_gate_backward(const at::Tensor& wide, const at::Tensor& mixed, const at::Tensor& gradient,
                        const at::Tensor& grad_wide, const at::Tensor& grad_mixed);

}  // namespace sr
