#pragma once

#include <cstdint>
#include <memory>

#include "arch/swinir.h"
#include "nn/network.h"

namespace sr {

/// SwinIR (Liang et al., 2021; BasicSR, traiNNer-redux, spandrel): groups of blocks of attention in
/// windows, every second of which is shifted by half a window, with convolutions and a skip at the
/// end of each group. Weight files also hold the peers' buffers `relative_position_index` and
/// `attn_mask`, which are not read.
std::unique_ptr<Network> make_network(const arch::SwinIrOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
