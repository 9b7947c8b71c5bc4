#include "train/networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "arch/catalogue.h"
#include "core/error.h"
#include "loss/loss.h"
#include "recipe/gan_loss.h"

namespace sr {

void Networks::to(at::Device device, bool channels_last) {
  generator->to(device, channels_last);
  if (averaged) {
    averaged->to(device, channels_last);
  }
  if (discriminator) {
    discriminator->to(device, channels_last);
  }
  if (teacher) {
    teacher->to(device, channels_last);
  }
}

namespace {

/// LQ crops of a run that the configuration names, pixels.
std::vector<int> lq_sizes(const Config& config) {
  std::vector<int> sizes{config.train_set.lq_size};
  if (config.size_optimizer) {
    sizes.insert(sizes.end(),
                 {config.size_optimizer->min_lq_size, config.size_optimizer->max_lq_size});
  }
  for (const ScheduledSize& scheduled : config.train_set.size_schedule) {
    sizes.push_back(scheduled.lq_size);
  }
  return sizes;
}

void require_whole(const Config& config, const Network& generator) {
  if (arch::takes_any_side(config.network_g.options)) {
    return;
  }
  const int multiple = generator.size_multiple();
  for (const int size : lq_sizes(config)) {
    if (size % multiple != 0) {
      throw ConfigError(
          fmt::format("network_g: the network of `file` takes crops whose sides are multiples of "
                      "{}; lq_size {} is none",
                      multiple, size));
    }
  }
}

void require_fitting(const Config& config, const Discriminator& discriminator) {
  const auto refuse = [&](const std::string& needed, int lq_size) {
    throw ConfigError(fmt::format(
        "network_d: {} needs images of {} pixels a side, crops of lq_size {} x scale {} have {}",
        config.network_d->type, needed, lq_size, config.scale, lq_size * config.scale));
  };
  const std::vector<int> sizes = lq_sizes(config);
  const int smallest = *std::ranges::min_element(sizes);
  if (smallest * config.scale < discriminator.smallest_input()) {
    refuse(std::to_string(discriminator.smallest_input()), smallest);
  }
  for (const int size : sizes) {
    if (discriminator.input_size().value_or(size * config.scale) != size * config.scale) {
      refuse(fmt::format("exactly {}", *discriminator.input_size()), size);
    }
  }
}

/// The gradient penalty is a derivative of a derivative.
void require_second_derivative(const Config& config, Discriminator& discriminator) {
  const std::optional<LossConfig> gan = find_gan_loss(config.train.losses);
  if (gan && gan->options.get<recipe::GanOptions>().r1_reg_weight > 0 &&
      !discriminator.has_second_derivative()) {
    throw ConfigError(
        fmt::format("train.losses: ganloss: r1_reg_weight: {} has no second derivative; take "
                    "another network_d, for instance unetdiscriminatorsn, or r1_reg_weight: 0",
                    config.network_d->type));
  }
}

bool has_average(const TrainConfig& train) {
  return train.ema_decay > 0 || train.optim_g.keeps_own_average();
}

}  // namespace

Networks make_networks(const Config& config) {
  Networks networks;
  networks.generator = make_network(config.network_g, config.scale, config.manual_seed);
  require_whole(config, *networks.generator);
  if (has_average(config.train)) {
    networks.averaged = make_network(config.network_g, config.scale, config.manual_seed);
  }
  if (config.network_d) {
    networks.discriminator = make_discriminator(*config.network_d, config.manual_seed);
    require_fitting(config, *networks.discriminator);
    require_second_derivative(config, *networks.discriminator);
  }
  if (config.network_g_teacher) {
    networks.teacher = make_network(*config.network_g_teacher, config.scale, config.manual_seed);
  }
  return networks;
}

}  // namespace sr
