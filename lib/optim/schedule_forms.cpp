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

/// gamma once for each milestone after `from` up to `to`.
template <typename Schedule>
double decay_of_milestones(const Schedule& schedule, std::int64_t from, std::int64_t to) {
  const auto passed =
      std::count_if(schedule.milestones.begin(), schedule.milestones.end(),
                    [&](std::int64_t milestone) { return milestone > from && milestone <= to; });
  return std::pow(schedule.gamma, real(passed));
}

}  // namespace

double rate_at(const recipe::ConstantOptions& schedule, const SchedulePoint& at) {
  return at.base_lr * (at.step < schedule.total_iters ? schedule.factor : 1.0);
}

double rate_at(const recipe::MultiStepOptions& schedule, const SchedulePoint& at) {
  return at.base_lr * decay_of_milestones(schedule, -1, at.step);
}

double rate_at(const recipe::MultiStepRestartOptions& schedule, const SchedulePoint& at) {
  std::int64_t last = -1;
  double weight = 1;
  for (std::size_t i = 0; i < schedule.restarts.size(); ++i) {
    if (schedule.restarts[i] <= at.step && schedule.restarts[i] > last) {
      last = schedule.restarts[i];
      weight = i < schedule.restart_weights.size() ? schedule.restart_weights[i] : 1.0;
    }
  }
  return at.base_lr * weight * decay_of_milestones(schedule, last, at.step);
}

double rate_at(const recipe::CosineOptions& schedule, const SchedulePoint& at) {
  return half_cosine(at.base_lr, schedule.eta_min,
                     real(at.step) / real(length(schedule.t_max, at.total_iter)));
}

double rate_at(const recipe::CosineRestartOptions& schedule, const SchedulePoint& at) {
  std::int64_t start = 0;
  for (std::size_t i = 0; i < schedule.periods.size(); ++i) {
    const std::int64_t period = schedule.periods[i];
    const std::int64_t inside = at.step - start;
    if (inside <= period) {
      const double weight = i < schedule.restart_weights.size() ? schedule.restart_weights[i] : 1.0;
      const double rate = half_cosine(at.base_lr, schedule.eta_min, real(inside) / real(period));
      return schedule.eta_min + weight * (rate - schedule.eta_min);
    }
    start += period;
  }
  return schedule.eta_min;
}

double rate_at(const recipe::WarmRestartsOptions& schedule, const SchedulePoint& at) {
  std::int64_t period = schedule.t_0;
  std::int64_t inside = at.step;
  if (schedule.t_mult == 1) {
    inside %= period;
  }
  while (inside >= period) {
    inside -= period;
    period *= schedule.t_mult;
  }
  return half_cosine(at.base_lr, schedule.eta_min, real(inside) / real(period));
}

double rate_at(const recipe::PolynomialOptions& schedule, const SchedulePoint& at) {
  const std::int64_t total = length(schedule.total_iters, at.total_iter);
  return at.base_lr * std::pow(1 - real(std::min(at.step, total)) / real(total), schedule.power);
}

double rate_at(const recipe::LinearOptions& schedule, const SchedulePoint& at) {
  const std::int64_t total = length(schedule.total_iters, at.total_iter);
  return at.base_lr * line(schedule.start_factor, schedule.end_factor,
                           real(std::min(at.step, total)) / real(total));
}

double rate_at(const recipe::StepOptions& schedule, const SchedulePoint& at) {
  return at.base_lr * std::pow(schedule.gamma, real(at.step / schedule.step_size));
}

double rate_at(const recipe::ExponentialOptions& schedule, const SchedulePoint& at) {
  return at.base_lr * std::pow(schedule.gamma, real(at.step));
}

double rate_at(const recipe::StableDecayOptions& schedule, const SchedulePoint& at) {
  const std::int64_t decay =
      schedule.decay_iter > 0 ? schedule.decay_iter : std::max<std::int64_t>(at.total_iter / 10, 1);
  const std::int64_t into = std::clamp<std::int64_t>(at.step - (at.total_iter - decay), 0, decay);
  return line(at.base_lr, schedule.eta_min, real(into) / real(decay));
}

double rate_at(const recipe::CosineWarmupOptions& schedule, const SchedulePoint& at) {
  const std::int64_t warmup = schedule.warmup_iters;
  if (at.step < warmup) {
    return at.base_lr * real(at.step) / real(warmup);
  }
  const std::int64_t fall =
      std::max<std::int64_t>(length(schedule.total_iters, at.total_iter) - warmup, 1);
  const double progress = std::min(1.0, real(at.step - warmup) / real(fall));
  return half_cosine(at.base_lr, at.base_lr * schedule.eta_min_ratio, progress);
}

double rate_at(const recipe::WarmupStableDecayOptions& schedule, const SchedulePoint& at) {
  if (at.step < schedule.num_warmup_steps) {
    return at.base_lr * real(at.step) / real(schedule.num_warmup_steps);
  }
  const std::int64_t into = at.step - schedule.num_warmup_steps - schedule.num_stable_steps;
  if (into < 0) {
    return at.base_lr;
  }
  const double floor = schedule.min_lr_ratio;
  if (into >= schedule.num_decay_steps) {
    return at.base_lr * floor;
  }
  const double progress = real(into) / real(schedule.num_decay_steps);
  switch (schedule.cooldown_type) {
    case recipe::Cooldown::kCosine: {
      const double angle = 2 * std::numbers::pi * schedule.num_cycles * progress;
      return at.base_lr * (floor + (1 - floor) * 0.5 * (1 + std::cos(angle)));
    }
    case recipe::Cooldown::kOneMinusSqrt:
      return at.base_lr * (1 - std::sqrt(progress));
    case recipe::Cooldown::kLinear:
      return at.base_lr * (1 - progress);
    case recipe::Cooldown::kOneMinusSquare:
      return at.base_lr * (1 - progress * progress);
  }
  return at.base_lr;
}

namespace {

struct Phase {
  double end = 0;  ///< step
  double from = 0, to = 0;
};

}  // namespace

double rate_at(const recipe::OneCycleOptions& schedule, const SchedulePoint& at) {
  const std::int64_t total = length(schedule.total_steps, at.total_iter);
  const double high = schedule.max_lr > 0 ? schedule.max_lr : at.base_lr;
  const double first = high / schedule.div_factor;
  const double last = first / schedule.final_div_factor;
  const double rise = schedule.pct_start * real(total);
  const Phase three[] = {
      {rise - 1, first, high}, {2 * rise - 2, high, first}, {real(total - 1), first, last}};
  const Phase two[] = {{rise - 1, first, high}, {real(total - 1), high, last}};
  const std::span<const Phase> phases =
      schedule.three_phase ? std::span<const Phase>(three) : std::span<const Phase>(two);
  const double step = real(std::min(at.step, total - 1));
  double start = 0;
  for (const Phase& phase : phases) {
    if (step <= phase.end || &phase == &phases.back()) {
      const double progress = phase.end > start ? (step - start) / (phase.end - start) : 1;
      return schedule.anneal_strategy == recipe::Annealing::kLinear
                 ? line(phase.from, phase.to, progress)
                 : half_cosine(phase.from, phase.to, progress);
    }
    start = phase.end;
  }
  return last;
}

}  // namespace sr
