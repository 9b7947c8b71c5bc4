#pragma once

#include <ATen/core/Tensor.h>

namespace sr {

/// The values as they are; their gradient is multiplied by `factor` on the way back.
at::Tensor with_gradient_times(const at::Tensor& values, double factor);

}  // namespace sr
