#pragma once

#include <cstdint>
#include <memory>

#include "arch/gaterv3.h"
#include "nn/network.h"

namespace sr {

/// GaterV3 (umzi2; traiNNer-redux `GateRV3`): a U-Net of gated blocks beside SPAN's blocks on the
/// finest grid (span_stage.h, layers merged as in conv3xc.h), the sum of both through UniUpsample
/// (uni_upsampler.h), and the input, enlarged by nearest neighbour, with a factor a channel. Down a
/// level are a 3x3 convolution and a pixel unshuffle; up a 3x3, a pixel shuffle and a 1x1 of it and
/// the features of the way down. A block is a norm, a 1x1, a grouped 3x3, the product of both
/// halves and a channel attention, then a norm, a 1x1 to gates and values, values convolved by
/// depthwise kernels (band_kernels.h), mish(gates) * values, a 1x1 and Mish; each half has a factor
/// a channel. Factors learn ten times as fast as the rest: their gradients are multiplied by 10, as
/// in the source. Images are reflect-padded to whole pixels of the coarsest grid.
std::unique_ptr<Network> make_network(const arch::GaterV3Options& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
