#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "nn/initialization.h"

namespace sr {

/// GroupNorm, in the memory format of `features`. LibTorch's CPU kernel for channels-last features
/// subtracts the square of the mean from the mean of the squares in float32: of features around 10
/// that vary by 0.03 the result is wrong by a tenth. The one for contiguous features is exact.
inline at::Tensor group_norm(const at::Tensor& features, std::int64_t groups, const Layer& norm,
                             double epsilon) {
  if (!features.is_cpu()) {
    return at::group_norm(features, groups, norm.weight, norm.bias, epsilon);
  }
  const at::MemoryFormat format = features.suggest_memory_format();
  return at::group_norm(features.contiguous(), groups, norm.weight, norm.bias, epsilon)
      .contiguous(format);
}

}  // namespace sr
