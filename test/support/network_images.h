#pragma once

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "config/config.h"

namespace sr::test {

/// Images or clips that a network takes.
inline at::Tensor images_for(const NetworkConfig& network, std::int64_t count, std::int64_t height,
                             std::int64_t width) {
  return at::rand({count, arch::input_channels(network.options), height, width});
}

}  // namespace sr::test
