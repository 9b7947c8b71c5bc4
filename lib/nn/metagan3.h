#pragma once

#include <cstdint>
#include <memory>

#include "arch/discriminators.h"
#include "nn/discriminator.h"

namespace sr {

/// MetaGAN3 (traiNNer-redux): a stem of two spectrally normalised 3x3 convolutions with stride 2,
/// then stages of one such convolution and blocks. A block is a 1x1 convolution of three paths:
/// gated convolutions with a BranchedConv (the source has no gate in them), depthwise 3x3
/// convolutions with dilation 2, 4 and 8, and the features beside themselves shifted by a pixel in
/// four directions. There is no head: the features of the last stage are the logits,
/// [N, dims.back(), H', W'] with H' about H / 2^(dims.size() + 1).
///
/// Spectral names are those of torch.nn.utils.spectral_norm. Any size works.
std::unique_ptr<Discriminator> make_discriminator(const arch::MetaGan3Options& options,
                                                  std::uint64_t seed);

}  // namespace sr
