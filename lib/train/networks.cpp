#include "train/networks.h"

namespace sr {

void Networks::to(at::Device device, bool channels_last) {
  generator->to(device, channels_last);
  if (averaged) {
    averaged->to(device, channels_last);
  }
  if (discriminator) {
    discriminator->to(device, channels_last);
  }
}

Networks make_networks(const Config& config) {
  Networks networks;
  networks.generator = make_network(config.network_g, config.scale, config.manual_seed);
  if (config.train.ema_decay > 0) {
    networks.averaged = make_network(config.network_g, config.scale, config.manual_seed);
  }
  if (config.network_d) {
    networks.discriminator = make_discriminator(*config.network_d, config.manual_seed);
  }
  return networks;
}

}  // namespace sr
