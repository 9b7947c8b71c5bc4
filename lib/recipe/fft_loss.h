#pragma once

#include "recipe/options.h"

namespace sr::recipe {

/// The mean absolute difference of the real and imaginary parts of the images' spectra (real
/// two-dimensional transform, not normalised, so that it grows with the size of the images), as in
/// traiNNer-redux (Cho et al. 2021).
struct FftOptions : NoOptions {};
std::unique_ptr<Loss> make_loss(const FftOptions& options);

}  // namespace sr::recipe
