#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// Samples of a Gaussian at -size/2 ... size/2 with sum 1: [size], float64; `size` is odd.
at::Tensor gaussian_window(std::int64_t size, double sigma);

/// Convolves each channel of [N, C, H, W] with the window along both axes. Without padding the
/// result is size - 1 smaller; `padding` zeros on each side make up for it.
at::Tensor convolve_separable(const at::Tensor& images, const at::Tensor& window,
                              std::int64_t padding);

/// With a window for each axis, of equal sizes and without padding.
at::Tensor convolve_separable(const at::Tensor& images, const at::Tensor& along_x,
                              const at::Tensor& along_y);

}  // namespace sr
