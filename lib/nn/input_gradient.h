#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

/// The gradient of all logits' sum by the images, which require one; the logits are made of them.
/// It can be differentiated in turn, and the logits once more.
at::Tensor input_gradient(const at::Tensor& logits, const at::Tensor& images);

}  // namespace sr
