#pragma once

#include <cstdint>
#include <memory>

#include "arch/discriminators.h"
#include "nn/discriminator.h"

namespace sr {

/// traiNNer-redux's unetsegmentation, which is Unet of segmentation_models_pytorch (Ronneberger et
/// al., 2015) around torchvision's ResNet (He et al., 2016): five stages halve the sides, five
/// blocks of nearest enlargement, the stage's features beside it and two 3x3 convolutions bring
/// them back, one convolution makes `classes` logits of every pixel. Batch normalisation
/// throughout, with the batch's own statistics. Names are that package's; initial values too, but
/// for the encoder, which begins as torchvision's without weights. Any size from 33 pixels a side
/// works: features are brought to the size of the encoder's.
std::unique_ptr<Discriminator> make_discriminator(const arch::UnetSegmentationOptions& options,
                                                  std::uint64_t seed);

}  // namespace sr
