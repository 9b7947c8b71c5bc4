#pragma once

#include <cstdint>
#include <memory>

#include "arch/mosrv2.h"
#include "nn/network.h"

namespace sr {

/// MoSRv2 (traiNNer-redux `mosrv2`): as MoSR (mosr.h) with other blocks: LayerNorm or a root mean
/// square norm, a 3x3 convolution to gates and values, of which the last three eighths of `dim` are
/// convolved depthwise by 3x3, 1x11 and 11x1, mish(gates) * values, a 3x3 convolution, Mish, a
/// factor a channel and the skip; then UniUpsampleV3 (uni_upsampler.h), and the bilinearly upscaled
/// image is added. With `unshuffle_mod` scales 1 and 2 are the 4x network on images
/// reflect-padded to whole folds and unshuffled.
std::unique_ptr<Network> make_network(const arch::MosrV2Options& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
