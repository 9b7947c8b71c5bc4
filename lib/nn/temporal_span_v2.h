#pragma once

#include <cstdint>
#include <memory>

#include "arch/temporal_span_v2.h"
#include "nn/network.h"

namespace sr {

/// TSPANv2 of traiNNer-redux (`temporalspanv2`), for clips [N, 3 frames, H, W]. A convolution makes
/// features of each frame. A level makes of each three frames that follow each other one, by a
/// Conv3XC layer (nn/conv3xc.h), a stage of attention blocks (nn/span_stage.h) and a convolution
/// with LeakyReLU, so that (frames - 1) / 2 levels leave the middle one. Then a convolution and a
/// pixel shuffle of all features, and a last convolution. Images become (lq - mean colour) *
/// img_range first, and are padded by reflection to multiples of 64 around their middle.
std::unique_ptr<Network> make_network(const arch::TemporalSpanV2Options& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
