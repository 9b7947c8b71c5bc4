#pragma once

#include <cstdint>
#include <memory>

#include "arch/moesr2.h"
#include "nn/network.h"

namespace sr {

/// MoESR2 (umzi2; traiNNer-redux `MoESR2`): groups of MoSRv2's gated blocks (inception_block.h),
/// each group with three more on a grid half as fine at its end, and UniUpsample
/// (uni_upsampler.h). Images are reflect-padded to even sides.
std::unique_ptr<Network> make_network(const arch::MoEsr2Options& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
