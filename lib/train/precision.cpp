#include "train/precision.h"

namespace sr {

bool wants_channels_last(const Config& config, c10::Device device) {
  switch (config.use_channels_last) {
    case Switch::kOn:
      return true;
    case Switch::kOff:
      return false;
    case Switch::kAuto:
      break;
  }
  return device.is_cpu() || config.use_amp;
}

std::optional<c10::ScalarType> autocast_type(const Config& config, c10::Device device) {
  if (!config.use_amp) {
    return std::nullopt;
  }
  return config.amp_bf16 || device.is_cpu() ? c10::ScalarType::BFloat16 : c10::ScalarType::Half;
}

}  // namespace sr
