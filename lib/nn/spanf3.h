#pragma once

#include <cstdint>
#include <memory>

#include "arch/spanf3.h"
#include "nn/network.h"

namespace sr {

/// SPANF3 (traiNNer-redux): SPAN (nn/span.h) with ReLU in place of SiLU, blocks whose attention is
/// learned, y = (c3 + x) tanh(conv1x1(c3)), that begins as nearly 1, and the image made by one
/// convolution behind the 1x1 that joins x, the last block's, the first block's and its first
/// convolution's features. Convolutions are merged as in conv3xc.h. With unshuffle_mod scales 1 and
/// 2 are a 4x network on the folded input; sides grow by reflection to multiples of the fold.
std::unique_ptr<Network> make_network(const arch::SpanF3Options& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
