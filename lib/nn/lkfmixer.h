#pragma once

#include <cstdint>
#include <memory>

#include "arch/lkfmixer.h"
#include "nn/network.h"

namespace sr {

/// LKFMixer (traiNNer-redux `LKFMixer`): a 3x3 convolution, blocks, a depthwise 3x3 and GELU, the
/// first features added, a 3x3 convolution and a pixel shuffle. In all parts of a block a share of
/// the features goes through depthwise kernels of 1 x K and K x 1 and all through a 1x1 and GELU:
///   distillation, three such parts beside a depthwise 3x3, of which half of the features is put
///   aside each time;
///   modulation, beside it features of 8x8 windows' maxima, enlarged, times a sigmoid of the mean
///   of the image;
///   selection, between it and a depthwise 3x3 by a gate of both.
/// Images are reflect-padded to multiples of 8.
std::unique_ptr<Network> make_network(const arch::LkfMixerOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
