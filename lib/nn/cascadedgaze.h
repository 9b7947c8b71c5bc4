#pragma once

#include <cstdint>
#include <memory>

#include "arch/cascadedgaze.h"
#include "nn/network.h"

namespace sr {

/// CascadedGaze (Ghasemabadi et al., 2024, "CascadedGaze: Efficiency in Global Context Extraction
/// for Image Restoration"; traiNNer-redux `CascadedGaze`): a U-Net whose output is added to the
/// image. Down a level is a 2x2 convolution of stride 2; up a 1x1 and a pixel shuffle, to which the
/// features of the way down are added. A block is, behind a LayerNorm, a 1x1 and a depthwise 3x3,
/// features multiplied by a 1x1 of their means over the image, and a 1x1; then behind a second
/// LayerNorm a 1x1, the product of both halves and a 1x1; each part has a factor a channel, 0 to
/// begin with. In front of the means the blocks on the way back and on the coarsest grid, which are
/// NAFNet's, multiply their halves; those on the way down put beside GELU of all features what
/// depthwise and 1x1 convolutions without padding, one behind the other with strides of 2, 3 and 4,
/// make of the sum of the halves, enlarged by nearest neighbour. Images grow by zeros at the right
/// and lower edge to whole pixels of the coarsest grid, and to the sides that those convolutions
/// need, below which the source fails.
std::unique_ptr<Network> make_network(const arch::CascadedGazeOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
