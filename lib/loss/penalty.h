#pragma once

#include <ATen/core/Tensor.h>

#include "recipe/options.h"

namespace sr {

using recipe::Criterion;

/// The mean over all elements of the criterion of output - target (kFrobenius: the square root of
/// the sum of squares). Gradient flows to `output` alone; one buffer of its size lives from forward
/// to backward. The subgradient at 0 is 0, as in PyTorch. `eps` is the Charbonnier one.
at::Tensor mean_penalty(const at::Tensor& output, const at::Tensor& target, Criterion criterion,
                        double eps = 1e-12);

/// The criterion of each element, composed of differentiable operators; not for kFrobenius.
at::Tensor penalty(const at::Tensor& difference, Criterion criterion);

/// base^exponent for base >= 0, with a gradient of 0 instead of infinity where base is 0.
at::Tensor power_from_zero(const at::Tensor& base, double exponent);

/// True when a mean of this criterion over a batch is the mean of those over its samples.
inline bool is_mean(Criterion criterion) {
  return criterion != Criterion::kFrobenius;
}

}  // namespace sr
