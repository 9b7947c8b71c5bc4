#pragma once

#include <cstdint>
#include <memory>

#include "arch/mosr.h"
#include "nn/network.h"

namespace sr {

/// MoSR (umzi2, spandrel; traiNNer-redux `mosr`): a 3x3 convolution to `dim` features; gated blocks
/// (LayerNorm, a 3x3 convolution to gates and values, a depthwise convolution of the last
/// values, mish(gates) * values, a 3x3 convolution, Mish, and the skip less 1/2); two 3x3
/// convolutions with Mish and a 1x1; a second, short way from the image, less 1/2; then a
/// convolution with pixel shuffle, DySample, or the mean of eight convolutions with pixel shuffle.
///
/// That mean is computed as one convolution with the mean of the eight kernels, to which it is
/// equal. With pixel shuffles the image has in_ch channels whatever out_ch says, as in the peers.
std::unique_ptr<Network> make_network(const arch::MosrOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
