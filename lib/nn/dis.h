#pragma once

#include <cstdint>
#include <memory>

#include "arch/dis.h"
#include "nn/network.h"

namespace sr {

/// DIS (traiNNer-redux): a 3x3 convolution with PReLU, residual blocks without biases (two 3x3
/// convolutions with PReLU between, or a depthwise and a 1x1 convolution with PReLU behind), a 3x3
/// convolution and a skip, steps up of a 3x3 convolution, a pixel shuffle and PReLU (twice x2, or
/// one x2 or x3), a 3x3 convolution, and the bilinearly enlarged input.
std::unique_ptr<Network> make_network(const arch::DisOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
