#pragma once

#include <memory>

#include "loss/loss.h"

namespace sr {

/// Means over all elements of a function of output - gt, with reduction "mean" as in traiNNer-redux
/// and BasicSR: |d|, d^2 and sqrt(d^2 + eps). One buffer of the output's size lives from forward to
/// backward. The subgradient of |d| at 0 is 0, as in PyTorch.
std::unique_ptr<Loss> make_l1_loss(const LossConfig& config);
std::unique_ptr<Loss> make_mse_loss(const LossConfig& config);
std::unique_ptr<Loss> make_charbonnier_loss(const LossConfig& config);

}  // namespace sr
