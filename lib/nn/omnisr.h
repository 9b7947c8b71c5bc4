#pragma once

#include <cstdint>
#include <memory>

#include "arch/omnisr.h"
#include "nn/network.h"

namespace sr {

/// OmniSR (Wang et al., 2023; traiNNer-redux, spandrel): groups of blocks that look at pixels in
/// windows, at pixels on a grid over the whole image, and at features within both, with depthwise
/// convolutions between them; each group ends with a spatial attention. Images are padded with
/// zeros to multiples of the window, and to what the spatial attention needs, and the output is
/// cut.
std::unique_ptr<Network> make_network(const arch::OmniSrOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
