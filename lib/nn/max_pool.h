#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// The largest of each window of `side` x `side` pixels of [N, C, H, W], `stride` apart, on images
/// with `padding` rows and columns of nothing around them. On CUDA LibTorch's own adds up its
/// gradient in an order that changes: with gradients this does not use it there.
at::Tensor largest_of_windows(const at::Tensor& features, std::int64_t side, std::int64_t stride,
                              std::int64_t padding = 0);

}  // namespace sr
