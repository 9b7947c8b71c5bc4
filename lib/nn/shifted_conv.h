#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// A 1x1 convolution of features of which four fifths are moved by a pixel, each to another side
/// (Zhang et al., 2022, "Efficient Long-Range Attention Network").
struct ShiftedConv {
  Layer shift;  ///< depthwise 3x3 kernels with a single 1, which files hold and nothing trains
  Layer mix;

  /// [N, C, H, W] keeps its size; zeros come in at the edges.
  at::Tensor operator()(const at::Tensor& features) const;
  /// The kernels [channels, 1, 3, 3]: fifths that look to the right, the left, down and up, and all
  /// channels that are left as they are.
  static at::Tensor kernels(std::int64_t channels);
};

}  // namespace sr
