#pragma once

#include <cstdint>
#include <memory>

#include "arch/fdat.h"
#include "nn/network.h"

namespace sr {

/// FDAT (traiNNer-redux, spandrel): a 3x3 convolution; groups of blocks with a 3x3 convolution and
/// a skip; a 3x3 convolution with a skip around all of them; UniUpsampleV3 (uni_upsampler.h).
///
/// A block is LayerNorm, then attention beside a depthwise convolution with GELU, which one gate
/// brings together: in spatial blocks, whose attention is of pixels in windows with a learned bias
/// a pair, a gate a feature made of the convolution weighs the attention; in channel blocks, whose
/// attention is of features, a gate a pixel made of the attention weighs the convolution. Behind it
/// LayerNorm, a linear layer, GELU, a depthwise convolution and a linear layer. Both halves have a
/// skip, and training leaves them out at random.
///
/// Windows at the right and lower edge are filled with zeros. With `unshuffle_mod` scales 1 and 2
/// are the 4x network on images reflect-padded to whole folds and unshuffled.
std::unique_ptr<Network> make_network(const arch::FdatOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
