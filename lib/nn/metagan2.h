#pragma once

#include <cstdint>
#include <memory>

#include "arch/discriminators.h"
#include "nn/discriminator.h"

namespace sr {

/// MetaGan2 (traiNNer-redux): stages that shrink the features, the first by 4 with two spectrally
/// normalised 3x3 convolutions, the others by 2 with one behind RMSNorm, and then send them through
/// gated blocks:
///   x + gamma * fc2(silu(g) * [i, conv(c)]) with [g, i, c] = fc1(rms_norm(x)),
/// conv a BranchedConv, fc1 and fc2 spectrally normalised, gamma one factor a channel that begins
/// with 1e-6. A head of two linear layers with Mish follows. Spectral names are those of
/// torch.nn.utils.spectral_norm.
///
/// The head is as wide as the last stage: logits are [N, dims.back(), H', W'], H' about H / 32, as
/// the source has it. Any size works.
std::unique_ptr<Discriminator> make_discriminator(const arch::MetaGan2Options& options,
                                                  std::uint64_t seed);

}  // namespace sr
