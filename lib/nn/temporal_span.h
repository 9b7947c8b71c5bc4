#pragma once

#include <cstdint>
#include <memory>

#include "arch/temporal_span.h"
#include "nn/network.h"

namespace sr {

/// TemporalSPAN of traiNNer-redux (`temporalspan`), for clips [N, 3 frames, H, W]: features of the
/// middle frame and fewer of each other one go side by side through two Conv3XC layers
/// (nn/conv3xc.h). Then SPAN with GroupNorm behind each convolution of a block.
std::unique_ptr<Network> make_network(const arch::TemporalSpanOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
