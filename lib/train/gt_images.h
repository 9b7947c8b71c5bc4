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

/// What a loss of negative weight compares with: LQ [N, 3, h, w], of clips [N, 3 frames, h, w] the
/// middle frame, enlarged by antialiased bicubic to the sides of `output`.
at::Tensor enlarged_lq(const at::Tensor& lq, const at::Tensor& output);

}  // namespace sr
