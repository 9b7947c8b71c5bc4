#pragma once

#include <cstdint>
#include <memory>

#include "arch/hit.h"
#include "nn/network.h"

namespace sr {

/// HiT-SR (Zhang et al., 2024; traiNNer-redux `hit_sir`, `hit_sng`, `hit_srf`): SwinIR's groups
/// with blocks whose windows grow within a group and are not shifted. There is no softmax: products
/// of queries and values mix the pixels of a window with what its cells give, beside a bias of
/// positions, and the features of a window with each other. Norms stand behind both halves of a
/// block. HiT-SNG adds to the pixels of a window what the windows beside it say (nn/ngram_context),
/// HiT-SRF has a depthwise convolution in the perceptron. Weight files of HiT-SNG also hold
/// `relative_position_index`, which is not read.
///
/// Images of any size: each block grows its input at the right and at the bottom to multiples of
/// its window, of HiT-SNG of two windows, by reflection.
std::unique_ptr<Network> make_network(const arch::HitSirOptions& options, int scale,
                                      std::uint64_t seed);
std::unique_ptr<Network> make_network(const arch::HitSngOptions& options, int scale,
                                      std::uint64_t seed);
std::unique_ptr<Network> make_network(const arch::HitSrfOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
