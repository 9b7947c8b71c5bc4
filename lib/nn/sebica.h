#pragma once

#include <cstdint>
#include <memory>

#include "arch/sebica.h"
#include "nn/network.h"

namespace sr {

/// Sebica (Liu et al., 2024, "Sebica: Lightweight Spatial and Efficient Bidirectional Channel
/// Attention Super Resolution Network"; traiNNer-redux `Sebica`): six blocks of few features with
/// batch normalisation (arch::mixes_samples()) between all parts, and the bilinearly enlarged image
/// added. What the source calls attention of channels in both directions is, as it computes it, one
/// number for all channels: both see the mean of all features alone.
std::unique_ptr<Network> make_network(const arch::SebicaOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
