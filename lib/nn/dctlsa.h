#pragma once

#include <cstdint>
#include <memory>

#include "arch/dctlsa.h"
#include "nn/network.h"

namespace sr {

/// DCTLSA (Zeng et al., 2023; traiNNer-redux, spandrel): six modules of linear attention in windows
/// of 16 pixels, every second shifted without a mask, each behind convolutions with batch norms
/// (arch::mixes_samples()); a module sees what all before it made. Features grow by reflection to
/// multiples of the window and are cut, twice in each module.
std::unique_ptr<Network> make_network(const arch::DctlsaOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
