#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// Bilinear resize of [N, C, H, W] (align_corners false) by one dense matrix an axis: a product's
/// gradient is a product, where the gradient of LibTorch's own resize adds up on CUDA in an order
/// that changes. The same values but for rounding; slower on large images.
at::Tensor bilinear_by_products(const at::Tensor& images, std::int64_t height, std::int64_t width);

/// The fast one, or where deterministic algorithms are asked for on CUDA the one above.
at::Tensor resize_bilinear(const at::Tensor& images, std::int64_t height, std::int64_t width);

}  // namespace sr
