#include "train/precision.h"

namespace sr {

std::optional<c10::ScalarType> autocast_type(bool use_amp, bool amp_bf16, c10::Device device) {
  if (!use_amp) {
    return std::nullopt;
  }
  return amp_bf16 || device.is_cpu() ? c10::ScalarType::BFloat16 : c10::ScalarType::Half;
}

std::optional<c10::ScalarType> autocast_type(const Config& config, c10::Device device) {
  return autocast_type(config.use_amp, config.amp_bf16, device);
}

bool auto_channels_last(bool mixed_precision, c10::Device device) {
  return device.is_cpu() || mixed_precision;
}

bool wants_channels_last(const Config& config, c10::Device device) {
  switch (config.use_channels_last) {
    case Switch::kOn:
      return true;
    case Switch::kOff:
      return false;
    case Switch::kAuto:
      break;
  }
  return auto_channels_last(config.use_amp, device);
}

}  // namespace sr
