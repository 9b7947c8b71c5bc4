#pragma once

#include <span>

#include <ATen/core/Tensor.h>

#include "nn/activated_conv.h"
#include "nn/initialization.h"

namespace sr {

/// What SPAN and SPANPlus make of features x [N, C, H, W], by merged convolutions (nn/conv3xc.h):
/// attention blocks of three each,
///   c1 = conv(x), c3 = conv(act(conv(act(c1)))), y = (c3 + x) (sigmoid(c3) - 1/2),
/// and one more convolution at the end. x, the result, the features behind the first block and
/// act(c1) of the last block go side by side through the 1x1 convolution `join`, weight
/// [C, 4 C, 1, 1]. `convs`: three of each block (at least one) and the last one.
at::Tensor span_stage(const at::Tensor& x, std::span<const Layer> convs, const Layer& join,
                      SmoothActivation activation);

}  // namespace sr
