#pragma once

#include <cstdint>
#include <memory>

#include "arch/tscunet.h"
#include "nn/network.h"

namespace sr {

/// TSCUNet of traiNNer-redux, for clips [N, 3 frames, H, W]. A convolution makes features of each
/// frame. A level makes of each three frames that follow each other one: a convolution, a U-Net
/// (nn/swin_conv_network.h), the convolution's features through another one, and a convolution with
/// LeakyReLU; so (frames - 1) / 2 levels leave the middle frame. With `residual` that frame's
/// features are added through a convolution. Then two residual blocks of dense blocks, a nearest
/// doubling and a convolution for each step of the scale, a convolution, and the last one.
///
/// Frames are padded by reflection to multiples of 64 around their middle, by 64 pixels more in
/// forward().
std::unique_ptr<Network> make_network(const arch::TScuNetOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
