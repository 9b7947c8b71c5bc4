#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// [N, C, H, W] continued below and to the right by its last row and column, to sides that are
/// multiples of `side`; itself when they are.
at::Tensor continued_to_multiples(const at::Tensor& images, std::int64_t side);

/// The first rows and columns, as many as `like` has.
at::Tensor cut_to_sides_of(const at::Tensor& images, const at::Tensor& like);

}  // namespace sr
