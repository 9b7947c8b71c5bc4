#pragma once

#include <memory>

#include "loss/loss.h"

namespace sr {

/// Locally discriminative learning (Liang, Zeng & Zhang 2022): the criterion of output - gt, each
/// pixel weighted by how much the residual varies around it and in the whole image, and only where
/// the residual is not below that of the averaged network. Gradient flows through the weights too,
/// as in the peers. Needs images of at least 4 x 4 pixels.
std::unique_ptr<Loss> make_ldl_loss(const LossConfig& config);

}  // namespace sr
