#pragma once

#include <cstdint>
#include <memory>

#include "arch/discriminators.h"
#include "nn/discriminator.h"

namespace sr {

/// UNetDiscriminatorSN (Real-ESRGAN, Wang et al., 2021; BasicSR, traiNNer-redux): three 4x4
/// convolutions with stride 2, three bilinear enlargements with 3x3 convolutions and, with
/// skip_connection, the encoder's features added; LeakyReLU 0.2. Convolutions 1 to 8 are spectrally
/// normalised with the names of torch.nn.utils.spectral_norm. Logits are per pixel, [N, 1, H, W].
///
/// Sides from 8 pixels. Where a side is no multiple of 8, features are enlarged to the size of the
/// encoder's, which the peers refuse; multiples of 8 give the peers' numbers.
std::unique_ptr<Discriminator> make_discriminator(const arch::UnetDiscriminatorOptions& options,
                                                  std::uint64_t seed);

}  // namespace sr
