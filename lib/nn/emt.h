#pragma once

#include <cstdint>
#include <memory>

#include "arch/emt.h"
#include "nn/network.h"

namespace sr {

/// EMT (Zheng et al., 2023, "Efficient Mixed Transformer for Single Image Super-Resolution";
/// traiNNer-redux `EMT`): blocks of layers, each a mixer of pixels and a perceptron of two shifted
/// 1x1 convolutions with SiLU between them. The first layers of a block mix by attention in oblong
/// windows, one shape for each equal share of the features: queries are keys, behind a 1x1 and
/// batch normalisation (arch::mixes_samples()); windows of every second layer are shifted around
/// the ends of the image. The others take the difference to a neighbour on one of four sides,
/// around the ends of the image, and normalise it by the batch.
///
/// 255 times the mean colour of DF2K is subtracted from images in [0, 1] and added to the output,
/// as in the source. In half precision that would leave nothing of an image: what is in front of
/// the blocks and behind them is computed in the type of the parameters, also under autocast.
std::unique_ptr<Network> make_network(const arch::EmtOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
