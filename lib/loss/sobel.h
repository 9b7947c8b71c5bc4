#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

/// The rows of Sobel's operator for x and y: [2, 1, 3, 3].
at::Tensor sobel_kernels();

/// [N, 1, H, W] to the gradients in x and y, [N, 2, H, W]; outside the image is black.
at::Tensor sobel_gradients(const at::Tensor& gray, const at::Tensor& kernels);

}  // namespace sr
