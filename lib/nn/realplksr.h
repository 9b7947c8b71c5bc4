#pragma once

#include <cstdint>
#include <memory>

#include "arch/realplksr.h"
#include "nn/network.h"

namespace sr {

/// RealPLKSR (Lee et al., 2024; neosr, traiNNer-redux, spandrel): a 3x3 convolution to `dim`
/// features; blocks of a channel mixer (3x3 to 2 dim, Mish, 3x3), a large kernel on the first
/// features, element-wise attention x * sigmoid(conv3x3(x)), a 1x1 convolution and the skip, with
/// LayerNorm in front of the mixer or GroupNorm behind the 1x1; a 3x3 convolution to the shuffled
/// image, to which the input is added in every sub-pixel, then a pixel shuffle or DySample.
///
/// Parameters have the peers' names: the last convolution is feats.{n_blocks + 2}, because a
/// dropout takes an index.
std::unique_ptr<Network> make_network(const arch::RealPlksrOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
