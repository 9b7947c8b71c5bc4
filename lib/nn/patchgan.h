#pragma once

#include <cstdint>
#include <memory>

#include "nn/discriminator.h"

namespace sr {

/// PatchGANDiscriminatorSN (pix2pixHD, Wang et al., 2018; traiNNer-redux): num_layers 4x4
/// convolutions with stride 2, two with stride 1, padding 2, LeakyReLU 0.2 between them; all
/// spectrally normalised with the names of torch.nn.utils.spectral_norm. Features double up to 512.
/// Any size works; logits are per patch, [N, 1, H', W'] with H' about H / 2^num_layers.
std::unique_ptr<Discriminator> make_patchgan(const DiscriminatorConfig& config, std::uint64_t seed);

}  // namespace sr
