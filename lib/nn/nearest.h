#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// Nearest-neighbour enlargement of [N, C, H, W] by a whole factor. LibTorch's own, also where that
/// counts elements in 32 bits (CUDA) and a batch has more: such a batch goes through in groups of
/// images, with the same bits.
at::Tensor enlarge_nearest(const at::Tensor& images, std::int64_t factor);

/// The groups by themselves: each makes at most `most_elements`, or is a single image.
at::Tensor enlarge_nearest_in_groups(const at::Tensor& images, std::int64_t factor,
                                     std::int64_t most_elements);

}  // namespace sr
