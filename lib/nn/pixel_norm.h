#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

// Norms over the channels of each pixel of [N, C, H, W], in the type and memory format of
// `features` and computed in that of the parameters: squares leave float16's range. Weight and bias
// hold C numbers.

at::Tensor layer_norm_of_pixels(const at::Tensor& features, const Layer& norm,
                                double epsilon = 1e-6);

/// LayerNorm without a mean: by the root of the mean square, eps 1e-6.
at::Tensor rms_norm_of_pixels(const at::Tensor& features, const Layer& norm);

}  // namespace sr
