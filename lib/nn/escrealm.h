#pragma once

#include <cstdint>
#include <memory>

#include "arch/escrealm.h"
#include "nn/network.h"

namespace sr {

/// ESCRealM (Lee et al., 2025, "Emulating Self-attention with Convolution for Efficient Image
/// Super-Resolution"; traiNNer-redux `ESCRealM`): blocks of attention in windows and of parts that
/// convolve some of the features by one large kernel, which all blocks share, and by a depthwise
/// 3x3 that is made of the mean of those features for each image. The large kernel is the mean of
/// itself in all eight orientations. What surrounds a window at the right and lower end is the
/// mirror image of its features. UniUpsampleV3 (uni_upsampler.h) makes the image. With
/// `unshuffle_mod` scales 1 and 2 are the 4x network on images reflect-padded to whole folds and
/// unshuffled.
std::unique_ptr<Network> make_network(const arch::EscRealMOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
