#pragma once

#include <memory>

#include "loss/loss.h"

namespace sr {

/// Differences of hue, saturation and lightness in HSLuv, each with its own weight, as in
/// traiNNer-redux: hue counts by the shorter way round the circle whatever the criterion,
/// saturation by how far both colours are from black and white. downscale_factor > 1 compares
/// smaller images (antialiased bicubic).
std::unique_ptr<Loss> make_hsluv_loss(const LossConfig& config);

}  // namespace sr
