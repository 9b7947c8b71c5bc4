#pragma once

#include <cstdint>
#include <memory>

#include "arch/lmlt.h"
#include "nn/network.h"

namespace sr {

/// LMLT (Lee et al., 2024; traiNNer-redux): blocks that look at a quarter of their features each in
/// windows of 8 pixels of the image and of the image made smaller by 2, 4 and 8, the smallest
/// first; what a level finds goes into the next finer one. Images grow by reflection to multiples
/// of 64 pixels, and features are cut in front of the last convolution.
std::unique_ptr<Network> make_network(const arch::LmltOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
