#pragma once

#include <cstdint>
#include <memory>

#include "arch/docres.h"
#include "nn/network.h"

namespace sr {

/// DocRes (Zhang et al., 2024, "DocRes: A Generalist Model Toward Unifying Document Image
/// Restoration Tasks"; traiNNer-redux `DocRes`), a Restormer (Zamir et al., 2022) of four grids. A
/// block is attention of features (gated_attention.h) and a gated convolution (gated_conv.h), each
/// behind a norm. Down a grid are a 3x3 convolution and a pixel unshuffle; up a 3x3, a pixel
/// shuffle and a 1x1 of it and the features of the way down. RGB images get two channels, the
/// place of a pixel from left to right and from top to bottom, from -1 to 1. Images grow by
/// reflection at the right and lower edge to whole pixels of the coarsest grid.
std::unique_ptr<Network> make_network(const arch::DocResOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
