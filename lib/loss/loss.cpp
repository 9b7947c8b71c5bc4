#include "loss/loss.h"

#include <algorithm>
#include <concepts>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/error.h"
#include "recipe/losses.h"

namespace sr {
namespace {

bool is_gan_loss(const LossConfig& config) {
  return config.options.get_if<recipe::GanOptions>() != nullptr;
}

std::unique_ptr<Loss> loss_of(const AnyOptions& options) {
  std::unique_ptr<Loss> loss;
  with_options(recipe::kLosses, options, [&]<typename O>(const O& own) {
    if constexpr (!std::same_as<O, recipe::GanOptions>) {
      loss = make_loss(own);
    }
  });
  if (!loss) {
    throw std::logic_error("options of no image loss");
  }
  return loss;
}

}  // namespace

std::vector<WeightedLoss> make_losses(const std::vector<LossConfig>& configs) {
  std::vector<WeightedLoss> result;
  std::map<std::string, int> seen;
  for (const LossConfig& config : configs) {
    if (is_gan_loss(config)) {
      continue;
    }
    WeightedLoss entry;
    entry.name.append("l_g_").append(config.type);
    if (const int count = ++seen[config.type]; count > 1) {
      entry.name.append("_").append(std::to_string(count));
    }
    entry.weight = config.loss_weight;
    entry.gt_usm = config.gt_usm;
    entry.loss = loss_of(config.options);
    result.push_back(std::move(entry));
  }
  return result;
}

bool need_sharpened_gt(const std::vector<LossConfig>& configs) {
  return std::ranges::any_of(configs, &LossConfig::gt_usm);
}

std::optional<LossConfig> find_gan_loss(const std::vector<LossConfig>& configs) {
  std::optional<LossConfig> found;
  for (const LossConfig& config : configs) {
    if (!is_gan_loss(config)) {
      continue;
    }
    if (found) {
      throw ConfigError("losses: ganloss is given twice; there is one discriminator");
    }
    found = config;
  }
  return found;
}

}  // namespace sr
