#pragma once

#include <cstdint>
#include <memory>

#include "arch/rrdb.h"
#include "nn/network.h"

namespace sr {

/// ESRGAN's generator (RRDBNet, Wang et al., 2018): a 3x3 convolution, num_block residual blocks of
/// three dense blocks (dense_block.h) with residuals scaled by 0.2, a 3x3 convolution added to the
/// first one's output; then enlarging steps (nearest x2, 3x3 convolution, LeakyReLU 0.2), and two
/// 3x3 convolutions with LeakyReLU between them. Scale 4 has two enlarging steps, 8 three, 3 one
/// of x3. Scales 1 and 2 with pixel unshuffle are a 4x network on the input folded by 4 or 2, else
/// they have none or one step.
///
/// With pixel unshuffle images are reflect-padded to whole folds and the output is cut, as spandrel
/// does: any size works, so size_multiple() is 1.
///
/// Parameter names are the new ones (BasicSR, Real-ESRGAN: `conv_first`, `body.0.rdb1.conv1`,
/// `conv_up1`) or the old ones (traiNNer-redux, original ESRGAN: `model.0`,
/// `model.1.sub.0.RDB1.conv1.0`), by param_naming; own_name() knows the other ones and
/// BSRGAN's (`RRDB_trunk`, `trunk_conv`, `upconv1`, `HRconv`).
///
/// EsrganOptions follow traiNNer-redux: PyTorch's default initialisation. RrdbNetOptions follow
/// BasicSR: kaiming_normal * 0.1 and zero bias in dense blocks, always pixel unshuffle for scales
/// 1 and 2. BasicSR builds a 4x network for scales 3 and 8; both build the real scale here.
std::unique_ptr<Network> make_network(const arch::EsrganOptions& options, int scale,
                                      std::uint64_t seed);
std::unique_ptr<Network> make_network(const arch::RrdbNetOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
