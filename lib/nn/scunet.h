#pragma once

#include <cstdint>
#include <memory>

#include "arch/scunet.h"
#include "nn/network.h"

namespace sr {

/// SCUNet as traiNNer-redux has it (`scunet_aaf6aa`) and as spandrel has it: a 3x3 convolution; a
/// U-Net (nn/swin_conv_network.h), to which the first features are added, through a convolution
/// with `residual`; above scale 1 two residual blocks of dense blocks, a nearest doubling and a
/// convolution for each step, and a convolution; the last convolution. At scale 1 the U-Net's
/// doublings are transposed convolutions.
///
/// Images are padded by reflection to multiples of 64: around their middle and by 64 pixels more in
/// forward(), or at the right and lower edge.
std::unique_ptr<Network> make_network(const arch::ScuNetOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
