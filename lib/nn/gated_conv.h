#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// A feed-forward part of Restormer and of networks made of it (Zamir et al., 2022): a 1x1
/// convolution, a depthwise 3x3 one, of whose output GELU of one half gates the other, a 1x1.
struct GatedConv {
  Layer in, depthwise, out;
};
at::Tensor gated_conv(const at::Tensor& features, const GatedConv& gate);

}  // namespace sr
