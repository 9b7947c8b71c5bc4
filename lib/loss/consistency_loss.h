#pragma once

#include <memory>

#include "loss/loss.h"

namespace sr {

/// neosr's consistency_loss: criterion of CIE L* of blurred images plus that of Oklab's a and b;
/// gt's lightness and chroma are multiplied by `brightness` and `saturation` before. With `cosim`,
/// half of (1 - cosine) of both is added once it is below 0.001 for the batch, so a batch cannot be
/// split. The Gaussian has a standard deviation of 3 pixels.
std::unique_ptr<Loss> make_consistency_loss(const LossConfig& config);

}  // namespace sr
