#pragma once

#include <cstdint>
#include <memory>

#include "arch/realcugan.h"
#include "nn/network.h"

namespace sr {

/// Real-CUGAN (bilibili's UpCunet, as in spandrel and traiNNer-redux, in one pass without their
/// tiles): the input grown by reflection on all sides, two U-Nets of unpadded convolutions with
/// channel attention, the second with a skip around it. The first one's transposed convolution
/// makes x2 or x3; scale 4 has a convolution and a pixel shuffle by 2 behind them and adds the
/// nearest-enlarged input; `fast` is that on images folded by 2. The number of features is fixed.
///
/// With `pro` the buffer `pro` is in the file, by which loaders know that the network works on
/// 0.7 x image + 0.15.
///
/// Images of any size: sides are grown to whole steps of the U-Nets and the output is cut. Sides
/// that are too short to be reflected so far repeat their edge.
std::unique_ptr<Network> make_network(const arch::RealCuganOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
