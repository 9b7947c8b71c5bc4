#pragma once

#include <cstdint>
#include <memory>

#include "arch/plksr.h"
#include "nn/network.h"

namespace sr {

/// PLKSR (Lee et al., 2024; spandrel, traiNNer-redux `plksr`): a 3x3 convolution to `dim` features;
/// blocks of a channel mixer (dim to 2 dim, GELU, back), a large kernel on the first features,
/// element-wise attention x * sigmoid(conv3x3(x)), a 1x1 convolution and the skip; a 3x3
/// convolution to the shuffled image, to which the input is added in every sub-pixel, and a pixel
/// shuffle. Parameters have the peers' names, `channe_mixer` with its slip included.
///
/// The large kernel is dense, a sum of dilated ones, or of oblongs k x k/3, k/3 x k and a square
/// k/3 x k/3. `with_idt` adds its input, but for the oblongs, as in the peers.
std::unique_ptr<Network> make_network(const arch::PlksrOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
