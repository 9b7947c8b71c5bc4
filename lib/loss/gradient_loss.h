#pragma once

#include <memory>

#include "loss/loss.h"

namespace sr {

/// Total variation of the output alone: mean |difference of neighbours| in rows plus in columns.
std::unique_ptr<Loss> make_total_variation_loss(const LossConfig& config);
/// Criterion of the variances of Sobel gradients in squares of patch_size pixels (Abrahamyan et al.
/// 2022); an image smaller than that is one patch, what does not fill a patch is left out.
std::unique_ptr<Loss> make_gradient_variance_loss(const LossConfig& config);
/// Mean squared difference of the Sobel gradients (divided by 4) of luma.
std::unique_ptr<Loss> make_sobel_edge_loss(const LossConfig& config);

}  // namespace sr
