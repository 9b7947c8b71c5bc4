#pragma once

#include <optional>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "config/config.h"

namespace sr {

/// The memory format rule of use_channels_last: auto = always on the CPU, and with mixed precision
/// on CUDA.
bool wants_channels_last(const Config& config, c10::Device device);
/// Autocast type: none, bfloat16, or (CUDA without amp_bf16) float16.
std::optional<c10::ScalarType> autocast_type(const Config& config, c10::Device device);

}  // namespace sr
