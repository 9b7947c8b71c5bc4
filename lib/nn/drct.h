#pragma once

#include <cstdint>
#include <memory>

#include "arch/drct.h"
#include "nn/network.h"

namespace sr {

/// DRCT (Hsu et al., 2024; traiNNer-redux, spandrel): groups of five SwinIR blocks, each of which
/// sees the input of the group and what the blocks before it added. A block has fewer heads where
/// its features are no multiple of num_heads. Weight files also hold the peers' buffers
/// `relative_position_index` and `attn_mask`, which are not read.
std::unique_ptr<Network> make_network(const arch::DrctOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
