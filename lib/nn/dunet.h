#pragma once

#include <cstdint>
#include <memory>

#include "arch/discriminators.h"
#include "nn/discriminator.h"

namespace sr {

/// DUnet (umzi2/DUnet; traiNNer-redux `DUnet`, neosr `dunet`): three 3x3 convolutions with stride 2
/// and Mish, three DySample enlargements (dysample.h) with 3x3 convolutions and the encoder's
/// features added, two more convolutions with Mish. Normalised convolutions have the names of
/// torch.nn.utils.parametrizations, as in traiNNer-redux; neosr's names are read. Logits are per
/// pixel, [N, 1, H, W].
///
/// Any size works. Where a side is no multiple of 8, enlarged features are cut to the size of the
/// encoder's, which the peers refuse; multiples of 8 give the peers' numbers.
std::unique_ptr<Discriminator> make_discriminator(const arch::DunetOptions& options,
                                                  std::uint64_t seed);

}  // namespace sr
