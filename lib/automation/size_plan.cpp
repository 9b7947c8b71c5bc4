#include "automation/size_plan.h"

#include <fmt/format.h>

namespace sr {

namespace {

double predicted(const GrowthView& view, TrainingSize size) {
  return static_cast<double>(view.model.predict(size).value_or(0));
}

/// The size with the largest lq_size, then the largest batch, among those from `low` to `high` (in
/// both dimensions) that are legal, are not `low` itself, and for which `wanted(size, predicted
/// peak)` holds.
template <typename Wanted>
std::optional<TrainingSize> largest_legal(const GrowthView& view, TrainingSize low,
                                          TrainingSize high, const Wanted& wanted) {
  const auto& lq_sizes = view.limits.lq_sizes();
  for (auto lq = lq_sizes.rbegin(); lq != lq_sizes.rend() && *lq >= low.lq_size; ++lq) {
    for (int batch = *lq > high.lq_size ? 0 : high.batch_size; batch >= low.batch_size; --batch) {
      const auto size = view.limits.make(*lq, batch);
      if (!size || *size == low) {
        continue;
      }
      const double peak = predicted(view, *size);
      if (view.budget.allows(peak) && wanted(*size, peak) && !view.frontier.blocked(*size)) {
        return size;
      }
    }
  }
  return std::nullopt;
}

std::optional<TrainingSize> plan_target(const GrowthView& view, TrainingSize now) {
  struct Range {
    double above, up_to;
  };
  const auto& budget = view.budget;
  const Range ranges[] = {{budget.low + budget.reserve, budget.target},
                          {budget.target, budget.high},
                          {budget.low, budget.target},
                          {0, budget.target}};
  for (const Range range : ranges) {
    const auto in_range = [&](TrainingSize, double peak) {
      return peak >= range.above && peak <= range.up_to;
    };
    if (const auto target = largest_legal(view, now, view.limits.maximum(), in_range)) {
      return target;
    }
  }
  return std::nullopt;
}

std::optional<TrainingSize> single_step(const GrowthView& view, TrainingSize now,
                                        TrainingSize target) {
  std::optional<TrainingSize> step;
  if (const auto lq = view.limits.lq_above(now.lq_size); lq && *lq <= target.lq_size) {
    step = view.limits.make(*lq, now.batch_size);
  }
  if (!step && now.batch_size < target.batch_size) {
    step = view.limits.make(now.lq_size, now.batch_size + 1);
  }
  return step && objection(view, *step).empty() ? step : std::nullopt;
}

}  // namespace

std::optional<GrowthPlan> plan_growth(const GrowthView& view, TrainingSize now) {
  const auto target = plan_target(view, now);
  if (!target) {
    return std::nullopt;
  }
  const double reach = view.growth_cap * static_cast<double>(now.pixels());
  const auto in_reach = [&](TrainingSize size, double) {
    return static_cast<double>(size.pixels()) <= reach;
  };
  if (in_reach(*target, 0) || view.model.measured(*target)) {
    return GrowthPlan{*target, *target};
  }
  auto next = largest_legal(view, now, *target, in_reach);
  if (!next) {
    next = single_step(view, now, *target);
  }
  return next ? std::optional(GrowthPlan{*target, *next}) : std::nullopt;
}

std::string objection(const GrowthView& view, TrainingSize size) {
  if (!view.limits.make(size.lq_size, size.batch_size)) {
    return "outside the limits";
  }
  if (view.frontier.blocked(size)) {
    return "ran out of memory before";
  }
  const double peak = predicted(view, size);
  const auto& budget = view.budget;
  if (peak + budget.reserve > budget.high) {
    return fmt::format("predicted at {:.1f} % of the band's upper end, reserve included",
                       100 * (peak + budget.reserve) / budget.high);
  }
  if (!budget.on_device(peak + budget.reserve)) {
    return "fits the band, but not the device beside what others hold";
  }
  return "";
}

std::optional<TrainingSize> next_smaller(const SizeLimits& limits, TrainingSize size) {
  const auto lq_below = [&] { return limits.at_most({size.lq_size - 1, size.batch_size}); };
  const TrainingSize configured = limits.configured();
  const TrainingSize minimum = limits.minimum();
  if (size.batch_size > configured.batch_size) {
    return limits.make(size.lq_size, size.batch_size - 1);
  }
  if (size.lq_size > configured.lq_size) {
    return lq_below();
  }
  if (size.batch_size > minimum.batch_size) {
    return limits.make(size.lq_size, size.batch_size - 1);
  }
  if (size.lq_size > minimum.lq_size) {
    return lq_below();
  }
  return std::nullopt;
}

std::optional<TrainingSize> plan_shrink(const SizeLimits& limits, const FailingFrontier& frontier,
                                        TrainingSize now,
                                        const std::function<bool(TrainingSize)>& fits) {
  std::optional<TrainingSize> last;
  for (auto size = next_smaller(limits, now); size; size = next_smaller(limits, *size)) {
    if (frontier.blocked(*size)) {
      continue;
    }
    last = size;
    if (fits(*size)) {
      break;
    }
  }
  return last;
}

}  // namespace sr
