#include "train/networks.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

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

namespace {

/// Smallest LQ crop of a run, pixels.
int smallest_lq_size(const Config& config) {
  int size = config.size_optimizer ? config.size_optimizer->min_lq_size : config.train_set.lq_size;
  for (const ScheduledSize& scheduled : config.train_set.size_schedule) {
    size = std::min(size, scheduled.lq_size);
  }
  return size;
}

void require_large_enough(const Config& config, const Discriminator& discriminator) {
  const int smallest = smallest_lq_size(config);
  if (smallest * config.scale < discriminator.smallest_input()) {
    throw ConfigError(fmt::format(
        "network_d: {} needs images of {} pixels a side, crops of lq_size {} x scale {} have {}",
        config.network_d->type, discriminator.smallest_input(), smallest, config.scale,
        smallest * config.scale));
  }
}

bool has_average(const TrainConfig& train) {
  return train.ema_decay > 0 || train.optim_g.keeps_own_average();
}

}  // namespace

Networks make_networks(const Config& config) {
  Networks networks;
  networks.generator = make_network(config.network_g, config.scale, config.manual_seed);
  if (has_average(config.train)) {
    networks.averaged = make_network(config.network_g, config.scale, config.manual_seed);
  }
  if (config.network_d) {
    networks.discriminator = make_discriminator(*config.network_d, config.manual_seed);
    require_large_enough(config, *networks.discriminator);
  }
  return networks;
}

}  // namespace sr
