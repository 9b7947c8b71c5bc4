#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// GT as it is and sharpened; one of them twice in a batch that has no other.
struct GtImages {
  at::Tensor plain, sharpened;

  const at::Tensor& of(bool usm) const { return usm ? sharpened : plain; }
};

/// [N, 3, H, W], or [N, 6, H, W] with the sharpened ones behind.
GtImages split_gt(const at::Tensor& gt);

}  // namespace sr
