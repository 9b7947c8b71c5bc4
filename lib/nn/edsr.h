#pragma once

#include <cstdint>
#include <memory>

#include "arch/edsr.h"
#include "nn/network.h"

namespace sr {

/// EDSR (Lim et al., 2017, "Enhanced Deep Residual Networks for Single Image Super-Resolution";
/// BasicSR `EDSR`): residual blocks of two convolutions without norms between a first and a last
/// convolution, a skip around them, pixel shuffles. The mean colour is taken off the input and put
/// back.
std::unique_ptr<Network> make_network(const arch::EdsrOptions& options, int scale,
                                      std::uint64_t seed);

/// SRResNet (Ledig et al., 2017, "Photo-Realistic Single Image Super-Resolution Using a Generative
/// Adversarial Network") without batch norms (BasicSR `MSRResNet`): the same blocks without the
/// skip around them, leaky ReLUs between the shuffles, and the bilinearly enlarged input added.
std::unique_ptr<Network> make_network(const arch::MsrResNetOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
