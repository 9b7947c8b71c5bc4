#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"

namespace sr {

enum class SmoothActivation { kSilu, kMish };

at::Tensor activate(const at::Tensor& features, SmoothActivation activation);

/// conv3x3(activate(features), conv), stride 1, padding 1, as one autograd node that keeps
/// `features` [N, C, H, W] alone and activates once more in backward; composed operators keep the
/// activated features as well. Under autocast the parameters are cast to the type of `features`;
/// their gradients come back in their own type.
at::Tensor activated_conv3x3(const at::Tensor& features, SmoothActivation activation,
                             const Layer& conv);

/// SPAN's parameter-free attention: (features + input) * (sigmoid(features) - 1/2), all of one
/// shape. One autograd node that keeps its two inputs. sigmoid(x) - 1/2 is taken as tanh(x/2) / 2,
/// which in half precision is exact near zero where the difference is not.
at::Tensor gated_skip(const at::Tensor& features, const at::Tensor& input);

}  // namespace sr
