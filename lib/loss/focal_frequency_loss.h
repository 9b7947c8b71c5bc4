#pragma once

#include <memory>

#include "loss/loss.h"

namespace sr {

/// Focal frequency loss (Jiang et al. 2021) with traiNNer-redux's factor 50: the squared difference
/// of the spectra, frequencies weighted by their own difference relative to the largest one. With
/// ave_spectrum or batch_matrix it depends on the batch as a whole. Rows and columns that
/// patch_factor does not divide are left out.
std::unique_ptr<Loss> make_focal_frequency_loss(const LossConfig& config);

}  // namespace sr
