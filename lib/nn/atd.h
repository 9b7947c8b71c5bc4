#pragma once

#include <cstdint>
#include <memory>

#include "arch/atd.h"
#include "nn/network.h"

namespace sr {

/// ATD (Zhang et al., 2024, "Transcending the Limit of Local Window: Advanced Super-Resolution
/// Transformer with Adaptive Token Dictionary"; spandrel, traiNNer-redux): SwinIR's groups, whose
/// blocks add up three attentions: of pixels in windows, which every second block shifts; of pixels
/// and a dictionary that the group has learned; and of pixels that resemble the same entry of the
/// dictionary, category_size of them at once wherever they lie. A block then renews the dictionary
/// by the pixels that resemble its entries; in the perceptron is a depthwise convolution.
///
/// Images are padded to multiples of the window by their mirror image, edge included.
std::unique_ptr<Network> make_network(const arch::AtdOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
