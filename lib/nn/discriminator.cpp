#include "nn/discriminator.h"

#include "core/error.h"

namespace sr {

const std::vector<DiscriminatorEntry>& discriminators() {
  static const std::vector<DiscriminatorEntry> kDiscriminators = {};
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

}  // namespace sr
