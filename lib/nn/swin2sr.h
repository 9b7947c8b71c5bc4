#pragma once

#include <cstdint>
#include <memory>

#include "arch/swin2sr.h"
#include "nn/network.h"

namespace sr {

/// Swin2SR (Conde et al., 2022; traiNNer-redux, spandrel): SwinIR's groups with blocks of Swin V2.
/// Queries and keys are compared by their angle, times a learned factor of each head, biases are
/// made of the logarithms of positions by a small perceptron, and norms stand behind the attention
/// and the perceptron. Weight files also hold `relative_coords_table`, `relative_position_index`
/// and `attn_mask`, which are not read.
std::unique_ptr<Network> make_network(const arch::Swin2SrOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
