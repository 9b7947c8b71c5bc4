#pragma once

#include <cstdint>
#include <memory>

#include "arch/seemore.h"
#include "nn/network.h"

namespace sr {

/// SeemoRe (Zamfir et al., 2024, "See More Details: Efficient Image Super-Resolution by Experts
/// Mining"; spandrel `SeemoRe`): groups of a local and a global block, both behind LayerNorm and
/// each followed by a gated unit. The local one adds what some of several experts of low rank make
/// of the features, chosen for each image by the mean of its features; experts are steered by
/// features that were shrunk by 4, several times. The global one multiplies features by others that
/// went through a row and a column kernel. Sides that are too short to be shrunk repeat their edge,
/// where the source fails.
std::unique_ptr<Network> make_network(const arch::SeemoreOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
