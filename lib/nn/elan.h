#pragma once

#include <cstdint>
#include <memory>

#include "arch/elan.h"
#include "nn/network.h"

namespace sr {

/// ELAN (Zhang et al., 2022, "Efficient Long-Range Attention Network for Image Super-Resolution";
/// traiNNer-redux `ELAN`): blocks of two 1x1 convolutions with ReLU between them, in front of each
/// of which fifths of the features are shifted by a pixel, and of attention in windows of another
/// size for each third of the features: queries are keys, behind a 1x1 and batch normalisation
/// (arch::mixes_samples()). n_share more blocks use the attention of the one in front of them.
/// Windows of every second group are shifted by half of their size around the ends of the image.
/// Images are reflect-padded to multiples of all windows.
std::unique_ptr<Network> make_network(const arch::ElanOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
