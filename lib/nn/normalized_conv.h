#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

/// conv3x3(norm(features), conv), stride 1, padding 1, with LayerNorm over the channels of each
/// pixel (eps 1e-6): `norm` is weight and bias [C], `features` [N, C, H, W].
///
/// One autograd node that keeps `features` and two numbers a pixel and normalizes once more in
/// backward. Of a norm written out in tensor operations, as RealPLKSR and MoSR have it, each of the
/// eight steps keeps a tensor and is a pass over memory.
///
/// The norm is computed in float32. The convolution runs in the type of `features`, float32
/// features under autocast in that of autocast.
at::Tensor normalized_conv3x3(const at::Tensor& features, const Layer& norm, const Layer& conv);

}  // namespace sr
