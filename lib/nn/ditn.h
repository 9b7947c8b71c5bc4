#pragma once

#include <cstdint>
#include <memory>

#include "arch/ditn.h"
#include "nn/network.h"

namespace sr {

/// DITN for real images (Liu et al., 2023; traiNNer-redux, spandrel): stages of blocks that look at
/// the features of patches, each patch as an image of its own, and of blocks whose dilated
/// convolutions look across patches; tanh in front of each half in place of norms. Images grow by
/// reflection to multiples of 8 pixels, and the output is cut.
std::unique_ptr<Network> make_network(const arch::DitnOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
