#pragma once

#include <cstdint>
#include <memory>

#include "arch/artcnn.h"
#include "nn/network.h"

namespace sr {

/// ArtCNN (Artoriuz; umzi2 and traiNNer-redux in PyTorch): a convolution, residual blocks of three
/// convolutions with ReLU between, a convolution and a skip from the first one, then a convolution
/// with pixel shuffle.
std::unique_ptr<Network> make_network(const arch::ArtCnnOptions& options, int scale,
                                      std::uint64_t seed);

}  // namespace sr
