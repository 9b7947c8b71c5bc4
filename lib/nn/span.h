#pragma once

#include <cstdint>
#include <memory>

#include "arch/span.h"
#include "nn/network.h"

namespace sr {

/// SPAN (Wan et al., 2024, "Swift Parameter-free Attention Network for Efficient
/// Super-Resolution"; traiNNer-redux `span`, spandrel `SPAN`): a Conv3XC layer (nn/conv3xc.h), one
/// stage (nn/span_stage.h) with SiLU, a 3x3 convolution and a pixel shuffle.
///
/// With `norm` the image becomes (lq - rgb_mean) * img_range first. Without, the network has the
/// buffer `no_norm` [1], by which loaders know: they take a file without it for one with `norm`.
std::unique_ptr<Network> make_network(const arch::SpanOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
