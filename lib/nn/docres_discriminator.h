#pragma once

#include <cstdint>
#include <memory>

#include "arch/discriminators.h"
#include "nn/discriminator.h"

namespace sr {

/// traiNNer-redux's docres_discriminator: num_blocks 3x3 convolutions with stride 1, LeakyReLU 0.2
/// behind each, and one that makes out_channels logits of every pixel; any size works. With
/// norm_type spectral, which the source does not have, all of them are normalised in the form and
/// with the names of torch.nn.utils.spectral_norm.
std::unique_ptr<Discriminator> make_discriminator(const arch::DocResDiscriminatorOptions& options,
                                                  std::uint64_t seed);

}  // namespace sr
