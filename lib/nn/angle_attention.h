#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "nn/linear_layer.h"
#include "nn/module.h"

// Attention of Swin V2 (Liu et al., 2022), which Swin2SR and GRL have: queries and keys are
// compared by their angle, times a learned factor of each head, and biases are made of the
// logarithms of offsets by a small perceptron. Queries [B, heads, n, d], keys and values [B, heads,
// m, d].

namespace sr {

/// The logarithms of the factors that training begins with, [heads, 1, 1].
at::Tensor first_angle_factors(int heads);

/// softmax(factor cos(queries, keys) + bias + mask) values; `factors` are logarithms, the factors
/// at most 100. bias and mask as in attend().
at::Tensor attend_by_angle(const at::Tensor& queries, const at::Tensor& keys,
                           const at::Tensor& values, const at::Tensor& factors,
                           const at::Tensor& bias, const at::Tensor& mask);
/// The same with the distance of queries and keys in place of the cosine, as GRL can have it.
at::Tensor attend_by_distance(const at::Tensor& queries, const at::Tensor& keys,
                              const at::Tensor& values, const at::Tensor& factors,
                              const at::Tensor& bias, const at::Tensor& mask);

/// Offsets along a side, pixels, and the one that becomes c = log 9 / log 8 on a logarithmic scale.
struct Offsets {
  std::int64_t first = 0, last = 0, unit = 1;
};
/// All pairs of them on that scale: [rows, columns, 2], float32.
at::Tensor logarithmic_offsets(const Offsets& rows, const Offsets& columns,
                               at::Device device = at::kCPU);

/// A linear layer to 512 features, ReLU, and one to the heads: 16 times the sigmoid of that.
class LogPositionBias final : public Module {
 public:
  LogPositionBias(int heads, LinearStart start, at::Generator& generator);

  /// Of offsets [positions, 2], which are rows of a table, for pairs [n, m] of pixels: [heads, n,
  /// m].
  at::Tensor operator()(const at::Tensor& offsets, const at::Tensor& positions) const;

 private:
  Layer first_, second_;
};

}  // namespace sr
