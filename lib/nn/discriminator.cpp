#include "nn/discriminator.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "arch/discriminators.h"
#include "core/error.h"
#include "nn/docres_discriminator.h"
#include "nn/dunet.h"
#include "nn/metagan2.h"
#include "nn/metagan3.h"
#include "nn/patchgan.h"
#include "nn/torchscript_discriminator.h"
#include "nn/unet_discriminator.h"
#include "nn/unet_segmentation.h"
#include "nn/vgg_discriminator.h"

namespace sr {

std::unique_ptr<Discriminator> make_discriminator(const DiscriminatorConfig& config,
                                                  std::uint64_t seed) {
  std::unique_ptr<Discriminator> network;
  with_options(arch::kDiscriminators, config.options, [&](const auto& options) {
    if (const auto found = arch::impossible(options)) {
      throw ConfigError("network_d: " + found->option + ": " + found->reason);
    }
    network = make_discriminator(options, seed);
  });
  if (!network) {
    throw std::logic_error("options of no discriminator");
  }
  network->describe({{"architecture", config.type}});
  return network;
}

void Discriminator::require_size(const at::Tensor& images) const {
  const std::int64_t height = images.size(2);
  const std::int64_t width = images.size(3);
  const std::optional<int> side = input_size();
  const std::string found =
      ", got " + std::to_string(height) + " x " + std::to_string(width) + " pixels";
  if (side && (height != *side || width != *side)) {
    throw std::invalid_argument("the discriminator takes images of " + std::to_string(*side) +
                                " x " + std::to_string(*side) + found);
  }
  if (std::min(height, width) < smallest_input()) {
    throw std::invalid_argument("the discriminator takes images from " +
                                std::to_string(smallest_input()) + " pixels a side" + found);
  }
}

}  // namespace sr
