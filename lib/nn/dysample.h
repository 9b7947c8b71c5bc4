#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// DySample (Liu et al., 2023, "Learning to Upsample by Learning to Sample"), x2, without its end
/// convolution: each output pixel is a bilinear sample of the input at its own place plus an offset
/// that two 1x1 convolutions compute.
struct DySample {
  static constexpr int kScale = 2;
  static constexpr int kGroups = 4;  ///< of channels that share offsets; divides the channels
  static constexpr int kOffsets = 2 * kGroups * kScale * kScale;

  Layer offset;         ///< weight [kOffsets, C, 1, 1] and bias
  at::Tensor scope;     ///< weight [kOffsets, C, 1, 1]: its sigmoid / 2 scales the offset
  at::Tensor init_pos;  ///< [1, kOffsets, 1, 1]: the places without an offset
};

/// init_pos of every DySample.
at::Tensor dysample_positions();

/// [N, C, H, W] -> [N, C, 2 H, 2 W] in the type of `features`; places and samples are computed in
/// float32.
at::Tensor dysample(const at::Tensor& features, const DySample& layer);

}  // namespace sr
