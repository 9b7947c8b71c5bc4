#pragma once

#include <cstdint>
#include <memory>

#include "arch/man.h"
#include "nn/network.h"

namespace sr {

/// MAN (Wang et al., 2022, "Multi-scale Attention Network for Single Image Super-Resolution";
/// traiNNer-redux `MAN`): groups of blocks, a group's last part an attention by large kernels, and
/// a pixel shuffle. A block multiplies features by an attention of three kernel sizes, each a
/// depthwise convolution, a dilated one and a 1x1, times a depthwise one of the same features; then
/// one half of the widened features by a depthwise 7x7 of the other. Both are behind a LayerNorm
/// and have a factor a feature, which begins as 0.
std::unique_ptr<Network> make_network(const arch::ManOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
