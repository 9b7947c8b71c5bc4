#pragma once

#include <cstdint>
#include <memory>

#include "arch/rcan.h"
#include "nn/network.h"

namespace sr {

/// RCAN (Zhang et al., 2018) as in traiNNer-redux and spandrel: a convolution, residual groups of
/// residual blocks (two convolutions with an activation between, channels weighed by a small
/// network on their means), each group and all of them with a convolution and a skip, then
/// convolutions with pixel shuffles (x2 each, or one x3), and a convolution to the image. With
/// `unshuffle_mod` scales 1 and 2 are the 4x network on images reflect-padded to whole folds and
/// unshuffled. With `norm` the 1x1 convolutions around it, which begin as the mean of DIV2K, are
/// trained, as in the peer.
std::unique_ptr<Network> make_network(const arch::RcanOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
