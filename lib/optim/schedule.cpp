#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace sr {
namespace {

double multi_step(const SchedulerConfig& config, double base_lr, std::int64_t step) {
  const auto passed = std::count_if(config.milestones.begin(), config.milestones.end(),
                                    [step](std::int64_t milestone) { return milestone <= step; });
  return base_lr * std::pow(config.gamma, static_cast<double>(passed));
}

/// Half a cosine from `high` at 0 to eta_min at 1.
double half_cosine(double high, double eta_min, double progress) {
  return eta_min + 0.5 * (high - eta_min) * (1 + std::cos(std::numbers::pi * progress));
}

double cosine(const SchedulerConfig& config, double base_lr, std::int64_t step,
              std::int64_t total_iter) {
  const std::int64_t t_max =
      std::max<std::int64_t>(config.t_max > 0 ? config.t_max : total_iter, 1);
  return half_cosine(base_lr, config.eta_min,
                     static_cast<double>(step) / static_cast<double>(t_max));
}

/// BasicSR's rule: period i ends with the step that equals the sum of periods 0..i; the weight
/// scales the cosine, not eta_min. Steps behind the last period stay at its end.
double cosine_restart(const SchedulerConfig& config, double base_lr, std::int64_t step) {
  std::int64_t start = 0;
  for (std::size_t i = 0; i < config.periods.size(); ++i) {
    const std::int64_t period = config.periods[i];
    const std::int64_t inside = step - start;
    if (inside <= period) {
      const double weight = i < config.restart_weights.size() ? config.restart_weights[i] : 1.0;
      const double progress = static_cast<double>(inside) / static_cast<double>(period);
      return config.eta_min +
             weight * (half_cosine(base_lr, config.eta_min, progress) - config.eta_min);
    }
    start += period;
  }
  return config.eta_min;
}

}  // namespace

Schedule::Schedule(const TrainConfig& config, double base_lr)
    : scheduler_(config.scheduler),
      total_iter_(config.total_iter),
      warmup_iter_(config.warmup_iter),
      base_lr_(base_lr) {
  const auto known = {"MultiStepLR", "CosineAnnealingLR", "CosineAnnealingRestartLR", "ConstantLR"};
  if (std::find(known.begin(), known.end(), scheduler_.type) == known.end()) {
    throw ConfigError(
        "scheduler: type: '" + scheduler_.type +
        "' is not one of MultiStepLR, CosineAnnealingLR, CosineAnnealingRestartLR, ConstantLR");
  }
}

double Schedule::at(std::int64_t step) const {
  double lr = base_lr_;
  if (scheduler_.type == "MultiStepLR") {
    lr = multi_step(scheduler_, base_lr_, step);
  } else if (scheduler_.type == "CosineAnnealingLR") {
    lr = cosine(scheduler_, base_lr_, step, total_iter_);
  } else if (scheduler_.type == "CosineAnnealingRestartLR") {
    lr = cosine_restart(scheduler_, base_lr_, step);
  }
  const bool warming_up = step + 1 < warmup_iter_;
  return warming_up ? lr * static_cast<double>(step + 1) / static_cast<double>(warmup_iter_) : lr;
}

}  // namespace sr
