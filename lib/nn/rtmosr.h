#pragma once

#include <cstdint>
#include <memory>

#include "arch/rtmosr.h"
#include "nn/network.h"

namespace sr {

/// RTMoSR (umzi2; traiNNer-redux `RTMoSR`): gated blocks on a grid half as fine, and the image
/// enlarged by nearest neighbour added at the end. Each of its 3x3 layers is trained as a weighted
/// sum of a 1x1 with a 3x3 behind it, a 3x3, and a Conv3XC layer (nn/conv3xc.h); its depthwise 5x5
/// as one of the identity, a 1x1, a 3x3 and a 5x5. Zeros are padded in front of all of them, so
/// that each sum is one convolution, borders included, through which images pass.
std::unique_ptr<Network> make_network(const arch::RtMosrOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
