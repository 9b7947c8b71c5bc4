#include "optim/schedule_forms.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

namespace sr {
namespace {

double real(std::int64_t value) {
  return static_cast<double>(value);
}

/// A length of 0 stands for the whole run.
std::int64_t length(std::int64_t steps, std::int64_t total_iter) {
  return std::max<std::int64_t>(steps > 0 ? steps : total_iter, 1);
}

/// Half a cosine from `high` at 0 to `low` at 1.
double half_cosine(double high, double low, double progress) {
  return low + 0.5 * (high - low) * (1 + std::cos(std::numbers::pi * progress));
}

double line(double from, double to, double progress) {
  return from + (to - from) * progress;
}

double constant(const SchedulerConfig& config, const SchedulePoint& at) {
  return at.base_lr * (at.step < config.total_iters ? config.factor : 1.0);
}

/// gamma once for each milestone after `from` up to `to`.
double decay_of_milestones(const SchedulerConfig& config, std::int64_t from, std::int64_t to) {
  const auto passed =
      std::count_if(config.milestones.begin(), config.milestones.end(),
                    [&](std::int64_t milestone) { return milestone > from && milestone <= to; });
  return std::pow(config.gamma, real(passed));
}

double multi_step(const SchedulerConfig& config, const SchedulePoint& at) {
  return at.base_lr * decay_of_milestones(config, -1, at.step);
}

/// BasicSR's rule: each restart begins anew at its weight; a milestone at a restart is not seen.
double multi_step_restart(const SchedulerConfig& config, const SchedulePoint& at) {
  std::int64_t last = -1;
  double weight = 1;
  for (std::size_t i = 0; i < config.restarts.size(); ++i) {
    if (config.restarts[i] <= at.step && config.restarts[i] > last) {
      last = config.restarts[i];
      weight = i < config.restart_weights.size() ? config.restart_weights[i] : 1.0;
    }
  }
  return at.base_lr * weight * decay_of_milestones(config, last, at.step);
}

double cosine(const SchedulerConfig& config, const SchedulePoint& at) {
  return half_cosine(at.base_lr, config.eta_min,
                     real(at.step) / real(length(config.t_max, at.total_iter)));
}

/// BasicSR's rule: period i ends with the step that equals the sum of periods 0..i; the weight
/// scales the cosine, not eta_min. Steps behind the last period stay at its end.
double cosine_restart(const SchedulerConfig& config, const SchedulePoint& at) {
  std::int64_t start = 0;
  for (std::size_t i = 0; i < config.periods.size(); ++i) {
    const std::int64_t period = config.periods[i];
    const std::int64_t inside = at.step - start;
    if (inside <= period) {
      const double weight = i < config.restart_weights.size() ? config.restart_weights[i] : 1.0;
      const double rate = half_cosine(at.base_lr, config.eta_min, real(inside) / real(period));
      return config.eta_min + weight * (rate - config.eta_min);
    }
    start += period;
  }
  return config.eta_min;
}

/// PyTorch's rule: a period begins at the full rate with the step after the one before has ended.
double cosine_warm_restarts(const SchedulerConfig& config, const SchedulePoint& at) {
  std::int64_t period = config.t_0;
  std::int64_t inside = at.step;
  if (config.t_mult == 1) {
    inside %= period;
  }
  while (inside >= period) {
    inside -= period;
    period *= config.t_mult;
  }
  return half_cosine(at.base_lr, config.eta_min, real(inside) / real(period));
}

double polynomial(const SchedulerConfig& config, const SchedulePoint& at) {
  const std::int64_t total = length(config.total_iters, at.total_iter);
  return at.base_lr * std::pow(1 - real(std::min(at.step, total)) / real(total), config.power);
}

double linear(const SchedulerConfig& config, const SchedulePoint& at) {
  const std::int64_t total = length(config.total_iters, at.total_iter);
  return at.base_lr *
         line(config.start_factor, config.end_factor, real(std::min(at.step, total)) / real(total));
}

double step_decay(const SchedulerConfig& config, const SchedulePoint& at) {
  return at.base_lr * std::pow(config.gamma, real(at.step / config.step_size));
}

double exponential(const SchedulerConfig& config, const SchedulePoint& at) {
  return at.base_lr * std::pow(config.gamma, real(at.step));
}

/// Hägele et al. 2024: constant, then linearly to eta_min, which the step after the run would have.
double stable_decay(const SchedulerConfig& config, const SchedulePoint& at) {
  const std::int64_t decay =
      config.decay_iter > 0 ? config.decay_iter : std::max<std::int64_t>(at.total_iter / 10, 1);
  const std::int64_t into = std::clamp<std::int64_t>(at.step - (at.total_iter - decay), 0, decay);
  return line(at.base_lr, config.eta_min, real(into) / real(decay));
}

/// traiNNer-redux's rule: its own warm-up begins at 0, and behind the end the rate stays.
double cosine_warmup(const SchedulerConfig& config, const SchedulePoint& at) {
  const std::int64_t warmup = config.warmup_iters;
  if (at.step < warmup) {
    return at.base_lr * real(at.step) / real(warmup);
  }
  const std::int64_t fall =
      std::max<std::int64_t>(length(config.total_iters, at.total_iter) - warmup, 1);
  const double progress = std::min(1.0, real(at.step - warmup) / real(fall));
  return half_cosine(at.base_lr, at.base_lr * config.eta_min_ratio, progress);
}

/// get_wsd_schedule of pytorch_optimizer, which traiNNer-redux calls WarmupStableDecayLR.
double warmup_stable_decay(const SchedulerConfig& config, const SchedulePoint& at) {
  if (at.step < config.num_warmup_steps) {
    return at.base_lr * real(at.step) / real(config.num_warmup_steps);
  }
  const std::int64_t into = at.step - config.num_warmup_steps - config.num_stable_steps;
  if (into < 0) {
    return at.base_lr;
  }
  const double floor = config.min_lr_ratio;
  if (into >= config.num_decay_steps) {
    return at.base_lr * floor;
  }
  const double progress = real(into) / real(config.num_decay_steps);
  switch (config.cooldown_type) {
    case Cooldown::kCosine: {
      const double angle = 2 * std::numbers::pi * config.num_cycles * progress;
      return at.base_lr * (floor + (1 - floor) * 0.5 * (1 + std::cos(angle)));
    }
    case Cooldown::kOneMinusSqrt:
      return at.base_lr * (1 - std::sqrt(progress));
    case Cooldown::kLinear:
      return at.base_lr * (1 - progress);
    case Cooldown::kOneMinusSquare:
      return at.base_lr * (1 - progress * progress);
  }
  return at.base_lr;
}

struct Phase {
  double end = 0;  ///< step
  double from = 0, to = 0;
};

/// PyTorch's rule: phase ends are shares of total_steps less one step each and need not be whole.
double one_cycle(const SchedulerConfig& config, const SchedulePoint& at) {
  const std::int64_t total = length(config.total_steps, at.total_iter);
  const double high = config.max_lr > 0 ? config.max_lr : at.base_lr;
  const double first = high / config.div_factor;
  const double last = first / config.final_div_factor;
  const double rise = config.pct_start * real(total);
  const Phase three[] = {
      {rise - 1, first, high}, {2 * rise - 2, high, first}, {real(total - 1), first, last}};
  const Phase two[] = {{rise - 1, first, high}, {real(total - 1), high, last}};
  const std::span<const Phase> phases =
      config.three_phase ? std::span<const Phase>(three) : std::span<const Phase>(two);
  const double step = real(std::min(at.step, total - 1));
  double start = 0;
  for (const Phase& phase : phases) {
    if (step <= phase.end || &phase == &phases.back()) {
      const double progress = phase.end > start ? (step - start) / (phase.end - start) : 1;
      return config.anneal_strategy == Annealing::kLinear
                 ? line(phase.from, phase.to, progress)
                 : half_cosine(phase.from, phase.to, progress);
    }
    start = phase.end;
  }
  return last;
}

}  // namespace

const std::vector<ScheduleEntry>& schedule_forms() {
  static const std::vector<ScheduleEntry> kForms = {
      {"MultiStepLR", &multi_step},
      {"MultiStepRestartLR", &multi_step_restart},
      {"CosineAnnealingLR", &cosine},
      {"CosineAnnealingRestartLR", &cosine_restart},
      {"CosineAnnealingWarmRestarts", &cosine_warm_restarts},
      {"CosineAnnealingWarmupLR", &cosine_warmup},
      {"PolynomialLR", &polynomial},
      {"OneCycleLR", &one_cycle},
      {"WarmupStableDecay", &stable_decay},
      {"WarmupStableDecayLR", &warmup_stable_decay},
      {"StepLR", &step_decay},
      {"ExponentialLR", &exponential},
      {"LinearLR", &linear},
      {"ConstantLR", &constant},
  };
  return kForms;
}

}  // namespace sr
