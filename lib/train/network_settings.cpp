#include "train/network_settings.h"

namespace sr {
namespace {

/// What is the same for both.
TrainedNetwork::Settings shared_settings(const Config& config, bool scales_loss) {
  TrainedNetwork::Settings settings;
  settings.max_norm = config.train.grad_clip ? config.train.grad_clip_max_norm : 0.0;
  settings.adaptive_clipping = clipping_settings(config);
  settings.ema_power = config.train.ema_power;
  settings.ema_update_after = config.train.ema_update_after;
  settings.scales_loss = scales_loss;
  return settings;
}

}  // namespace

TrainedNetwork::Settings generator_settings(const Config& config, bool scales_loss) {
  TrainedNetwork::Settings settings = shared_settings(config, scales_loss);
  settings.optimizer = config.train.optim_g;
  settings.ema_decay = config.train.ema_decay;
  return settings;
}

TrainedNetwork::Settings discriminator_settings(const Config& config, bool scales_loss) {
  TrainedNetwork::Settings settings = shared_settings(config, scales_loss);
  settings.optimizer = config.train.optim_d.value();
  settings.ema_decay = config.train.ema_decay_d;
  return settings;
}

}  // namespace sr
