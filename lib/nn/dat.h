#pragma once

#include <cstdint>
#include <memory>

#include "arch/dat.h"
#include "nn/network.h"

namespace sr {

/// DAT (Chen et al., 2023; traiNNer-redux, spandrel): blocks that look in turn at pixels, half of
/// the features in oblong windows and half in the same turned by a quarter, and at features over
/// the whole image. Each attention is joined with a depthwise convolution of its values by gates,
/// and these branches have batch normalisation (arch::mixes_samples()).
/// Weight files also hold `rpe_biases`, `relative_position_index`, `attn_mask_0` and `attn_mask_1`,
/// which are not read.
///
/// Images of any size are padded with zeros to multiples of the windows for the attention in
/// windows alone.
std::unique_ptr<Network> make_network(const arch::DatOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
