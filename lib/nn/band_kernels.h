#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// Depthwise kernels of InceptionNeXt (Yu et al., 2023): 3x3, 1x11 and 11x1, each for B channels.
using BandKernels = std::array<Layer, 3>;

inline constexpr std::int64_t kBandLength = 11;
inline constexpr int kBandShare = 8;  ///< B is a feature in eight

/// Their names and weights' shapes.
struct BandKernel {
  const char* name;
  std::array<std::int64_t, 4> shape;
};
std::array<BandKernel, 3> band_kernels(std::int64_t features);

/// The last 3 B channels of `features` [N, C, H, W] through one kernel each: [N, 3 B, H, W].
at::Tensor through_bands(const BandKernels& kernels, const at::Tensor& features);

}  // namespace sr
