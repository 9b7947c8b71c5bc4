#pragma once

#include <cstdint>
#include <memory>

#include "arch/tfdat.h"
#include "nn/network.h"

namespace sr {

/// TFDAT of traiNNer-redux, for clips [N, 3 frames, H, W]: FDAT (nn/fdat.h) for the middle frame
/// with what the others add. Three convolutions of stride 2 with LeakyReLU and a fourth, whose
/// output is enlarged eightfold, find for each other frame where its pixels are in the middle one;
/// the frames are moved there and averaged (nn/warp.h). The middle frame and the average pass the
/// same first convolution, at scales above 2 behind two convolutions with a skip; a 1x1 and a 3x3
/// convolution make the blocks' features of both. Scales 1 and 2 are the 4x network on unshuffled
/// frames. Frames are padded by reflection to whole windows and to multiples of 8.
std::unique_ptr<Network> make_network(const arch::TfdatOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
