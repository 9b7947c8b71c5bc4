#pragma once

#include <cstdint>
#include <memory>

#include "arch/discriminators.h"
#include "nn/discriminator.h"

namespace sr {

/// PatchGANDiscriminatorSN (pix2pixHD, Wang et al., 2018; traiNNer-redux): num_layers 4x4
/// convolutions with stride 2, two with stride 1, LeakyReLU 0.2 between them; all spectrally
/// normalised with the names of torch.nn.utils.spectral_norm. Features double up to 512. Padding is
/// 1 as traiNNer-redux has it since June 2025, or 2 as in pix2pixHD; the weights are the same.
/// Logits are per patch, [N, 1, H', W'] with H' about H / 2^num_layers. Padding 2 works with any
/// size; padding 1 needs 24 pixels a side for three layers.
std::unique_ptr<Discriminator> make_discriminator(const arch::PatchGanOptions& options,
                                                  std::uint64_t seed);

/// MultiscalePatchGANDiscriminatorSN (pix2pixHD; traiNNer-redux): num_scales of the above with
/// weights of their own, `layers.<scale>.<convolution>`; each sees the images of the one before
/// averaged over 3x3 pixels with stride 2. As in traiNNer-redux one logit, [1, 1], stands for all
/// images together: the mean over the scales of the mean over all patches of all images.
std::unique_ptr<Discriminator> make_discriminator(const arch::MultiscalePatchGanOptions& options,
                                                  std::uint64_t seed);

}  // namespace sr
