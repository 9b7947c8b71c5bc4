#pragma once

#include <cstdint>
#include <memory>

#include "arch/craft.h"
#include "nn/network.h"

namespace sr {

/// CRAFT (Li et al., 2023; traiNNer-redux, spandrel): blocks with two branches, attention in oblong
/// windows for what changes slowly and a pooling convolution for what changes fast, which attention
/// of features over the whole image brings together: queries of the one, keys and values of the
/// other. Shifted windows have no mask. Weight files also hold `relative_position_index_h` and
/// `_v`, `biases_h` and `_v`, which are not read.
///
/// Images grow to the next larger multiple of window_size by their mirror image, edge included, and
/// the output is cut.
std::unique_ptr<Network> make_network(const arch::CraftOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
