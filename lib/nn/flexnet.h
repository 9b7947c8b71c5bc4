#pragma once

#include <cstdint>
#include <memory>

#include "arch/flexnet.h"
#include "nn/network.h"

namespace sr {

/// FlexNet and MetaFlexNet (umzi2; traiNNer-redux `FlexNet`): groups of blocks one behind the
/// other, or a U-Net of them, whose features go into the upsampler beside those of two 3x3
/// convolutions of the image with Mish. A group's end joins its input and output by two such
/// convolutions. A block is an RMSNorm and attention of one head in windows, with a depthwise 3x3
/// of the values that ends where their window does; then an RMSNorm, squares of ReLU of a linear
/// layer and a second linear layer, gated by sigmoid of a third; each half has a factor a channel.
/// In front of either half's linear layers features go through OmniShift (Yang et al., 2024,
/// "Restore-RWKV"): a weighted sum of themselves and of depthwise 1x1, 3x3 and 5x5 convolutions,
/// which is one 5x5 convolution here, in training as well; files hold that kernel beside its parts.
/// Down a grid of the U-Net are a 3x3 convolution and a pixel unshuffle, up a 3x3 of these and the
/// features of the way down, and a pixel shuffle. Images grow by reflection to whole windows.
std::unique_ptr<Network> make_network(const arch::FlexNetOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
