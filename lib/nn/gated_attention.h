#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// GaterV3's attention on the coarsest grid. Heads are as many as temperatures.
struct GatedAttention {
  Layer widen, depthwise;  ///< to queries, keys and values: weights [3 C, C, 1, 1], [3 C, 1, 3, 3]
  at::Tensor temperature;  ///< [heads, 1, 1], of features
  Layer narrow;            ///< weight [C, C, 1, 1]
  bool of_pixels = true;   ///< else of features (window_attention.h)

  /// [N, C, H, W] to the same shape.
  at::Tensor operator()(const at::Tensor& features) const;
};

}  // namespace sr
