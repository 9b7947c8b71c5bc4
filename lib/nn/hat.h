#pragma once

#include <cstdint>
#include <memory>

#include "arch/hat.h"
#include "nn/network.h"

namespace sr {

/// HAT (Chen et al., 2023; traiNNer-redux, spandrel): SwinIR's groups, whose blocks have
/// convolutions with channel attention beside the attention in windows, and which end with a block
/// whose windows of queries look at larger, overlapping windows of keys and values. Weight files
/// also hold the peers' `relative_position_index_SA` and `..._OCA`, which are not read.
std::unique_ptr<Network> make_network(const arch::HatOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
