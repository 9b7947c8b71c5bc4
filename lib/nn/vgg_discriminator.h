#pragma once

#include <cstdint>
#include <memory>

#include "arch/discriminators.h"
#include "nn/discriminator.h"

namespace sr {

/// VGGStyleDiscriminator (SRGAN and ESRGAN; BasicSR, traiNNer-redux): five (input_size 128) or six
/// (256) stages of a 3x3 and a 4x4 convolution with stride 2, batch normalisation and LeakyReLU
/// 0.2, then two linear layers. Images are input_size x input_size; one logit an image, [N, 1].
///
/// A pass normalises by its own batch and moves the running statistics (momentum 0.1), which only
/// the weight file uses.
std::unique_ptr<Discriminator> make_discriminator(const arch::VggDiscriminatorOptions& options,
                                                  std::uint64_t seed);

}  // namespace sr
