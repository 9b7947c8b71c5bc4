#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace sr {

/// Numbers of the standard normal distribution, float32 of this shape [N, ...] on the device of
/// `keys`, int64 [N]. Those of sample n follow from keys[n], `stream` and their place in the sample
/// alone: not from the samples beside it, nor from where and how often they are computed.
at::Tensor keyed_noise(const at::Tensor& keys, std::uint64_t stream, at::IntArrayRef shape);

}  // namespace sr
