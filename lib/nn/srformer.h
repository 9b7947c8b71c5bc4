#pragma once

#include <cstdint>
#include <memory>

#include "arch/srformer.h"
#include "nn/network.h"

namespace sr {

/// SRFormer (Zhou et al., 2023; traiNNer-redux, spandrel's extra architectures): SwinIR's groups
/// with attention to a quarter of the pixels, each of which has the keys and values of four with a
/// quarter of the features, and a depthwise convolution in the perceptrons. Weight files also hold
/// `aligned_relative_position_index` and `attn_mask`, which are not read.
std::unique_ptr<Network> make_network(const arch::SrFormerOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
