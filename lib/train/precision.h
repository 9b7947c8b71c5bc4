#pragma once

#include <optional>

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "config/config.h"

namespace sr {

/// Autocast type of use_amp and amp_bf16: none, bfloat16, or (CUDA without amp_bf16) float16.
std::optional<c10::ScalarType> autocast_type(bool use_amp, bool amp_bf16, c10::Device device);
std::optional<c10::ScalarType> autocast_type(const Config& config, c10::Device device);

/// What use_channels_last: auto comes to: always on the CPU, and with mixed precision on CUDA.
bool auto_channels_last(bool mixed_precision, c10::Device device);
/// What use_channels_last comes to.
bool wants_channels_last(const Config& config, c10::Device device);

}  // namespace sr
