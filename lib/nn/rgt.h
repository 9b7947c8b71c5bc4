#pragma once

#include <cstdint>
#include <memory>

#include "arch/rgt.h"
#include "nn/network.h"

namespace sr {

/// RGT (Chen et al., 2024; traiNNer-redux, spandrel): blocks that look in turn at pixels in oblong
/// windows, half of the features in windows of one shape and half in the same turned by a quarter,
/// and at the whole image, which a depthwise convolution of stride 4 shrinks again and again to the
/// keys and values of all pixels. How often depends on the longer side of the image, and is one
/// level less in forward() than in training_forward() from 64 pixels on: it is at least two there.
/// Weight files also hold `rpe_biases`, `relative_position_index`, `attn_mask_0` and `attn_mask_1`,
/// which are not read.
///
/// Images of any size: those of which nothing would be left grow by reflection.
std::unique_ptr<Network> make_network(const arch::RgtOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
