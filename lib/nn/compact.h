#pragma once

#include <cstdint>
#include <memory>

#include "arch/compact.h"
#include "nn/network.h"

namespace sr {

/// SRVGGNetCompact (Real-ESRGAN; traiNNer-redux `compact`, spandrel `Compact`): a 3x3 convolution
/// to num_feat features, num_conv more of them, an activation after each, a 3x3 convolution to
/// num_out_ch * scale^2 and a pixel shuffle; with learn_residual the nearest-upsampled input is
/// added. Parameter names and order are the peers': body.{0,2,...}.weight/.bias are convolutions,
/// body.{1,3,...}.weight PReLU slopes [num_feat].
///
/// A clip of k frames (num_in_ch = k * num_out_ch, k odd) adds its middle frame. Any other
/// num_in_ch that differs from num_out_ch needs learn_residual: false: ConfigError.
std::unique_ptr<Network> make_network(const arch::CompactOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
