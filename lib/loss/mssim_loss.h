#pragma once

#include <memory>

#include "loss/loss.h"

namespace sr {

/// 1 - MS-SSIM (Wang, Simoncelli & Bovik 2003) with the choices of traiNNer-redux: images clamped
/// to [0, 1], luma, five scales, windows of 11 x 11 inside the image while it is that large,
/// negative structure terms cut to 0, no luminance term unless include_luminance.
std::unique_ptr<Loss> make_mssim_loss(const LossConfig& config);

}  // namespace sr
