#include "optim/schedule_forms.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

namespace sr {
namespace {

/// A length of 0 stands for the whole run.
double length(double given, const SchedulePoint& at) {
  return std::max(given > 0 ? given : at.total, at.tick);
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
double decay_of_milestones(const Schedule& schedule, double from, double to) {
  const auto passed =
      std::count_if(schedule.milestones.begin(), schedule.milestones.end(),
                    [&](double milestone) { return milestone > from && milestone <= to; });
  return std::pow(schedule.gamma, static_cast<double>(passed));
}

}  // namespace

double rate_at(const recipe::ConstantOptions& schedule, const SchedulePoint& at) {
  return at.base_lr * (at.position < schedule.total_iters ? schedule.factor : 1.0);
}

double rate_at(const recipe::MultiStepOptions& schedule, const SchedulePoint& at) {
  return at.base_lr * decay_of_milestones(schedule, -1, at.position);
}

double rate_at(const recipe::MultiStepRestartOptions& schedule, const SchedulePoint& at) {
  double last = -1;
  double weight = 1;
  for (std::size_t i = 0; i < schedule.restarts.size(); ++i) {
    if (schedule.restarts[i] <= at.position && schedule.restarts[i] > last) {
      last = schedule.restarts[i];
      weight = i < schedule.restart_weights.size() ? schedule.restart_weights[i] : 1.0;
    }
  }
  return at.base_lr * weight * decay_of_milestones(schedule, last, at.position);
}

double rate_at(const recipe::CosineOptions& schedule, const SchedulePoint& at) {
  return half_cosine(at.base_lr, schedule.eta_min, at.position / (length(schedule.t_max, at)));
}

double rate_at(const recipe::CosineRestartOptions& schedule, const SchedulePoint& at) {
  double start = 0;
  for (std::size_t i = 0; i < schedule.periods.size(); ++i) {
    const double period = schedule.periods[i];
    const double inside = at.position - start;
    if (inside <= period) {
      const double weight = i < schedule.restart_weights.size() ? schedule.restart_weights[i] : 1.0;
      const double rate = half_cosine(at.base_lr, schedule.eta_min, inside / period);
      return schedule.eta_min + weight * (rate - schedule.eta_min);
    }
    start += period;
  }
  return schedule.eta_min;
}

double rate_at(const recipe::WarmRestartsOptions& schedule, const SchedulePoint& at) {
  double period = schedule.t_0;
  double inside = at.position;
  if (schedule.t_mult == 1) {
    inside = std::fmod(inside, period);
  }
  while (inside >= period) {
    inside -= period;
    period *= static_cast<double>(schedule.t_mult);
  }
  return half_cosine(at.base_lr, schedule.eta_min, inside / period);
}

double rate_at(const recipe::PolynomialOptions& schedule, const SchedulePoint& at) {
  const double total = length(schedule.total_iters, at);
  return at.base_lr * std::pow(1 - std::min(at.position, total) / total, schedule.power);
}

double rate_at(const recipe::LinearOptions& schedule, const SchedulePoint& at) {
  const double total = length(schedule.total_iters, at);
  return at.base_lr *
         line(schedule.start_factor, schedule.end_factor, std::min(at.position, total) / total);
}

double rate_at(const recipe::StepOptions& schedule, const SchedulePoint& at) {
  return at.base_lr * std::pow(schedule.gamma, std::floor(at.position / schedule.step_size));
}

double rate_at(const recipe::ExponentialOptions& schedule, const SchedulePoint& at) {
  return at.base_lr * std::pow(schedule.gamma, at.position);
}

double rate_at(const recipe::KneeOptions& schedule, const SchedulePoint& at) {
  const double steps = length(schedule.total_steps, at) / at.tick;
  const double explored = std::floor(steps * schedule.explore_ratio);
  const double step = at.position / at.tick + 1;  // the source counts from 1
  if (step <= explored) {
    return at.base_lr;
  }
  return at.base_lr * std::max(1 - (step - explored) / std::max(steps - explored, 1.0), 0.0);
}

double rate_at(const recipe::CyclicOptions& schedule, const SchedulePoint& at) {
  const double down = schedule.step_size_down > 0 ? schedule.step_size_down : schedule.step_size_up;
  const double cycles = at.position / (schedule.step_size_up + down);
  const double inside = cycles - std::floor(cycles);
  const double turn = schedule.step_size_up / (schedule.step_size_up + down);
  double height = inside <= turn ? inside / turn : (inside - 1) / (turn - 1);
  if (schedule.mode == recipe::CycleHeights::kTriangular2) {
    height /= std::pow(2.0, std::floor(cycles));
  } else if (schedule.mode == recipe::CycleHeights::kExpRange) {
    height *= std::pow(schedule.gamma, at.position / at.tick);
  }
  return line(schedule.base_lr, schedule.max_lr, height);
}

double rate_at(const recipe::StableDecayOptions& schedule, const SchedulePoint& at) {
  const double decay = schedule.decay_iter > 0
                           ? schedule.decay_iter
                           : std::max(std::floor(at.total / at.tick / 10), 1.0) * at.tick;
  const double into = std::clamp(at.position - (at.total - decay), 0.0, decay);
  return line(at.base_lr, schedule.eta_min, into / decay);
}

double rate_at(const recipe::CosineWarmupOptions& schedule, const SchedulePoint& at) {
  const double warmup = schedule.warmup_iters;
  if (at.position < warmup) {
    return at.base_lr * at.position / warmup;
  }
  const double fall = std::max(length(schedule.total_iters, at) - warmup, at.tick);
  const double progress = std::min(1.0, (at.position - warmup) / fall);
  return half_cosine(at.base_lr, at.base_lr * schedule.eta_min_ratio, progress);
}

double rate_at(const recipe::WarmupStableDecayOptions& schedule, const SchedulePoint& at) {
  if (at.position < schedule.num_warmup_steps) {
    return at.base_lr * at.position / schedule.num_warmup_steps;
  }
  const double into = at.position - schedule.num_warmup_steps - schedule.num_stable_steps;
  if (into < 0) {
    return at.base_lr;
  }
  const double floor = schedule.min_lr_ratio;
  if (into >= schedule.num_decay_steps) {
    return at.base_lr * floor;
  }
  const double progress = into / schedule.num_decay_steps;
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
  double end = 0;
  double from = 0, to = 0;
};

}  // namespace

double rate_at(const recipe::OneCycleOptions& schedule, const SchedulePoint& at) {
  const double total = length(schedule.total_steps, at);
  const double high = schedule.max_lr > 0 ? schedule.max_lr : at.base_lr;
  const double first = high / schedule.div_factor;
  const double last = first / schedule.final_div_factor;
  const double rise = schedule.pct_start * total;
  const Phase three[] = {{rise - at.tick, first, high},
                         {2 * rise - 2 * at.tick, high, first},
                         {total - at.tick, first, last}};
  const Phase two[] = {{rise - at.tick, first, high}, {total - at.tick, high, last}};
  const std::span<const Phase> phases =
      schedule.three_phase ? std::span<const Phase>(three) : std::span<const Phase>(two);
  const double step = (std::min(at.position, total - at.tick));
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
