#pragma once

#include <memory>

#include "loss/loss.h"

namespace sr {

/// Criterion of Cb and Cr (BT.601) after averaging squares of `scale` pixels.
std::unique_ptr<Loss> make_color_loss(const LossConfig& config);
/// Criterion of RGB after averaging squares of `scale` pixels.
std::unique_ptr<Loss> make_average_loss(const LossConfig& config);
/// Criterion of CIE L* / 100.
std::unique_ptr<Loss> make_luma_loss(const LossConfig& config);
/// cosim_lambda (1 - mean cosine between the RGB vectors of output and gt).
std::unique_ptr<Loss> make_cosine_similarity_loss(const LossConfig& config);

}  // namespace sr
