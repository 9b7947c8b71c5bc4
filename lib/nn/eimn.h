#pragma once

#include <cstdint>
#include <memory>

#include "arch/eimn.h"
#include "nn/network.h"

namespace sr {

/// EIMN (Liu et al., 2023; traiNNer-redux): blocks of dilated depthwise convolutions that gate
/// values, and of a gated depthwise convolution that is weighted by channel and by pixel, each
/// behind a batch norm (arch::mixes_samples()); a LayerNorm at the end of each stage.
std::unique_ptr<Network> make_network(const arch::EimnOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
