#pragma once

#include <cstdint>
#include <memory>

#include "arch/safmn.h"
#include "nn/network.h"

namespace sr {

/// SAFMN (Sun et al., 2023, "Spatially-Adaptive Feature Modulation for Efficient Image
/// Super-Resolution"; spandrel `SAFMN`): blocks of two parts behind a LayerNorm each. The first
/// multiplies features by GELU of a 1x1 convolution of what depthwise 3x3 kernels see in a quarter
/// of them, and in the maxima of windows of 2, 4 and 8 pixels of the others; the second is a 3x3
/// convolution, GELU and a 1x1. Sides that are no multiple of 8 have windows of unequal sizes, and
/// sides below 8 pixels one window, where the source fails.
std::unique_ptr<Network> make_network(const arch::SafmnOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
