#include "nn/discriminator.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "core/error.h"
#include "nn/dunet.h"
#include "nn/patchgan.h"
#include "nn/unet_discriminator.h"
#include "nn/vgg_discriminator.h"

namespace sr {

const std::vector<DiscriminatorEntry>& discriminators() {
  static const std::vector<DiscriminatorEntry> kDiscriminators = {
      {"unetdiscriminatorsn", "U-Net of Real-ESRGAN, a logit a pixel", &make_unet_discriminator},
      {"dunet", "U-Net with Mish and DySample, a logit a pixel", &make_dunet},
      {"vggstylediscriminator", "VGG style of ESRGAN, a logit an image", &make_vgg_discriminator},
      {"patchgandiscriminatorsn", "PatchGAN, a logit a patch", &make_patchgan},
  };
  return kDiscriminators;
}

std::unique_ptr<Discriminator> make_discriminator(const DiscriminatorConfig& config,
                                                  std::uint64_t seed) {
  std::string known;
  for (const DiscriminatorEntry& entry : discriminators()) {
    if (entry.type == config.type) {
      return entry.make(config, seed);
    }
    known += (known.empty() ? "" : ", ") + std::string(entry.type);
  }
  throw ConfigError("network_d: type: '" + config.type +
                    "' is not a known discriminator; known are " + known);
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
