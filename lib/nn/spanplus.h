#pragma once

#include <cstdint>
#include <memory>

#include "arch/spanplus.h"
#include "nn/network.h"

namespace sr {

/// SPANPlus (umzi; traiNNer-redux `spanplus`): a Conv3XC layer (nn/conv3xc.h), stages
/// (nn/span_stage.h) with Mish, and an upsampler: DySample with a 1x1 convolution at its end, or a
/// 3x3 convolution and a pixel shuffle, or at scale 1 the convolution alone.
std::unique_ptr<Network> make_network(const arch::SpanPlusOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
