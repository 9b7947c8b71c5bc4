#include "automation/dynamic_batch_size_optimizer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/units.h"

namespace sr {

namespace {

constexpr double kFragmentationDecay = 0.98;
constexpr int kRetryWindows = 2;  // in a row, before retries alone make the size too large

std::string text_of(TrainingSize size) {
  return fmt::format("{} x {}", size.lq_size, size.batch_size);
}

double share(std::int64_t bytes, std::int64_t total) {
  return static_cast<double>(bytes) / static_cast<double>(total);
}

SizeAction action_between(TrainingSize from, TrainingSize to) {
  if (to.lq_size != from.lq_size) {
    return to.lq_size > from.lq_size ? SizeAction::kGrowLq : SizeAction::kShrinkLq;
  }
  if (to.batch_size != from.batch_size) {
    return to.batch_size > from.batch_size ? SizeAction::kGrowBatch : SizeAction::kShrinkBatch;
  }
  return SizeAction::kHold;
}

}  // namespace

DynamicBatchSizeOptimizer::DynamicBatchSizeOptimizer(SizeControllerSettings settings)
    : settings_(std::move(settings)),
      limits_(settings_),
      model_(static_cast<std::size_t>(std::max(settings_.vram_history_size, 1))),
      proven_(static_cast<std::size_t>(std::max(settings_.vram_history_size, 1))),
      ladder_(settings_),
      recompute_(settings_.recompute_allowed),
      size_(settings_.configured) {}

MemoryBudget DynamicBatchSizeOptimizer::budget(MemorySituation situation) const {
  const auto total = static_cast<double>(situation.total);
  MemoryBudget budget;
  budget.low = (settings_.target_vram_usage - settings_.safety_margin) * total;
  budget.target = settings_.target_vram_usage * total;
  budget.high = (settings_.target_vram_usage + settings_.safety_margin) * total;
  budget.ceiling = settings_.ceiling * total;
  budget.external = static_cast<double>(situation.external);
  budget.fragmentation = fragmentation_;
  budget.reserve = confidence_.reserve() * total;
  return budget;
}

bool DynamicBatchSizeOptimizer::growing() const {
  const bool used_up =
      settings_.max_adjustments > 0 && counters_.adjustments >= settings_.max_adjustments;
  return !rest_ && !used_up && ladder_.micro_batch() == 0;
}

std::int64_t DynamicBatchSizeOptimizer::margin_bytes(std::int64_t total) const {
  return static_cast<std::int64_t>(settings_.safety_margin * static_cast<double>(total));
}

GrowthView DynamicBatchSizeOptimizer::growth_view(MemorySituation situation) const {
  return {limits_, model_, frontier_, budget(situation), confidence_.growth_cap()};
}

Decision DynamicBatchSizeOptimizer::decide(const WindowReading& window, TrainingSize now) {
  ++counters_.windows;
  Decision decision;
  decision.from = decision.size = size_ = now;
  decision.from_micro_batch = ladder_.micro_batch();
  decision.from_recompute = recompute_.on();
  decision.usage = decision.predicted_usage = share(window.alloc_peak, window.total);
  decision.device_usage = share(window.reserved_peak + window.external, window.total);

  const MemorySituation situation{window.external, window.total};
  frontier_.expire(situation, margin_bytes(window.total));
  if (ladder_.micro_batch() > 0) {
    // Peaks of parts say nothing about whole batches: nothing is learned, nothing but leaving this
    // state decided.
    decision.reason =
        ladder_.release(situation, margin_bytes(window.total))
            ? "memory came free: whole batches again"
            : fmt::format("the smallest size runs in micro-batches of {}", ladder_.micro_batch());
  } else if (!end_trial(window, decision)) {
    learn(window, now);
    choose(window, decision);
  }
  failed_in_window_ = false;
  decision.micro_batch = ladder_.micro_batch();
  decision.recompute = recompute_.on();
  decision.model = summary();
  decision.converged = converged();
  if (limits_.limited_by_data() && decision.size.lq_size == limits_.maximum().lq_size) {
    say_once("data",
             fmt::format("lq_size stops at {}: the training images are too small for more",
                         decision.size.lq_size),
             decision);
  }
  return decision;
}

ModelSummary DynamicBatchSizeOptimizer::summary() const {
  return {model_.between_steps(), model_.bytes_per_lq_pixel(), confidence_.reserve()};
}

void DynamicBatchSizeOptimizer::learn(const WindowReading& window, TrainingSize now) {
  confidence_.measured(now, window.alloc_peak, window.total);
  model_.observe(now, window.alloc_peak, window.between_steps);
  learn_fragmentation(window, now);
  windows_with_retries_ = window.retries > 0 ? windows_with_retries_ + 1 : 0;
  const double usage = share(window.alloc_peak, window.total);
  if (window.retries == 0 && !failed_in_window_ &&
      usage <= settings_.target_vram_usage + settings_.safety_margin) {
    proven_.add(now, window.external);
    if (now.pixels() >= hold_.lost_pixels) {
      hold_.next_length = 1;
    }
  }
}

/// What is reserved and not allocated is a part of whole blocks: a small size has more of it than a
/// large one. So only the largest size so far raises what is expected of larger ones; what a
/// smaller one shows can but keep it from being forgotten.
void DynamicBatchSizeOptimizer::learn_fragmentation(const WindowReading& window, TrainingSize now) {
  const double measured = share(window.reserved_peak, std::max<std::int64_t>(window.alloc_peak, 1));
  const double decayed = 1 + kFragmentationDecay * (fragmentation_ - 1);
  if (now.pixels() > fragmentation_pixels_) {
    fragmentation_ = std::max(measured, 1.0);
    fragmentation_pixels_ = now.pixels();
  } else if (now.pixels() == fragmentation_pixels_) {
    fragmentation_ = std::max(measured, decayed);
  } else {
    fragmentation_ = std::max(std::min(measured, fragmentation_), decayed);
  }
}

/// The rules, in the order in which they apply.
void DynamicBatchSizeOptimizer::choose(const WindowReading& window, Decision& decision) {
  const double low = settings_.target_vram_usage - settings_.safety_margin;
  const double high = settings_.target_vram_usage + settings_.safety_margin;
  const std::string usage = fmt::format("{:.1f} %", 100 * decision.usage);
  const auto need = shrink_need(window, decision);
  const bool below_band = decision.usage < low;
  if (settings_.max_adjustments > 0 && counters_.adjustments >= settings_.max_adjustments &&
      (need || below_band)) {
    decision.reason = fmt::format("all {} adjustments are used up", settings_.max_adjustments);
    say_once("adjustments", "max_adjustments is reached: sizes stay, apart from out-of-memory",
             decision);
  } else if (need) {
    shrink(*need, window, decision);
  } else if (!below_band && memory_ends_growth_at(decision.size) && begin_trial(window, decision)) {
    return;
  } else if (!below_band) {
    decision.reason =
        fmt::format("{} of memory is inside {:.0f}-{:.0f} %", usage, 100 * low, 100 * high);
    if (!rest_) {
      rest_ = Rest{decision.usage, window.external};
    }
  } else if (hold_.windows_left > 0) {
    decision.reason = fmt::format("another program took memory: no growth for {} more window(s)",
                                  hold_.windows_left);
    --hold_.windows_left;
  } else if (still_resting(window, decision.usage)) {
    decision.reason = fmt::format("settled at {}: nothing changes until memory use does", usage);
  } else {
    grow(window, decision);
  }
}

bool DynamicBatchSizeOptimizer::still_resting(const WindowReading& window, double usage) {
  if (!rest_) {
    return false;
  }
  const bool freed_by_others = rest_->external - window.external > margin_bytes(window.total);
  if (freed_by_others || rest_->usage - usage > settings_.safety_margin) {
    rest_.reset();
  }
  return rest_.has_value();
}

std::optional<DynamicBatchSizeOptimizer::ShrinkNeed> DynamicBatchSizeOptimizer::shrink_need(
    const WindowReading& window, const Decision& so_far) const {
  const auto total = static_cast<double>(window.total);
  const double target = settings_.target_vram_usage * total;
  if (so_far.usage > settings_.target_vram_usage + settings_.safety_margin) {
    return ShrinkNeed{fmt::format("{:.1f} % of memory is above {:.0f} %", 100 * so_far.usage,
                                  100 * (settings_.target_vram_usage + settings_.safety_margin)),
                      target};
  }
  if (so_far.device_usage > settings_.ceiling) {
    return ShrinkNeed{fmt::format("the device is {:.1f} % full, more than {:.0f} %",
                                  100 * so_far.device_usage, 100 * settings_.ceiling),
                      target};
  }
  if (windows_with_retries_ >= kRetryWindows) {
    return ShrinkNeed{
        fmt::format("the allocator had to retry in {} windows in a row", windows_with_retries_),
        std::min(target, (so_far.usage - settings_.safety_margin) * total)};
  }
  return std::nullopt;
}

void DynamicBatchSizeOptimizer::shrink(const ShrinkNeed& need, const WindowReading& window,
                                       Decision& decision) {
  const MemorySituation situation{window.external, window.total};
  const MemoryBudget limit = budget(situation);
  const auto fits = [&](TrainingSize size) {
    const auto peak = static_cast<double>(model_.predict(size).value_or(0));
    return peak <= need.limit && limit.on_device(peak);
  };
  const auto smaller = plan_shrink(limits_, frontier_, decision.size, fits);
  if (!smaller) {
    decision.reason = need.reason + ", but this is the smallest allowed size";
    return;
  }
  if (windows_with_retries_ >= kRetryWindows) {
    frontier_.add_genuine(decision.size,
                          situation);  // growing back would only bring the retries back
    proven_.remove_if([&](TrainingSize size) { return covers(size, decision.from); });
  }
  decision.reason = need.reason;
  confidence_.drop_expectation();
  change_to(*smaller, decision);
  decision.predicted_usage = share(model_.predict(*smaller).value_or(0), window.total);
}

void DynamicBatchSizeOptimizer::grow(const WindowReading& window, Decision& decision) {
  const GrowthView view = growth_view({window.external, window.total});
  const TrainingSize now = decision.size;
  const auto reject = [&](std::optional<TrainingSize> neighbour) {
    const std::string why = neighbour ? objection(view, *neighbour) : "";
    if (!why.empty()) {
      decision.rejected.push_back({*neighbour, why});
    }
  };
  if (const auto lq = limits_.lq_above(now.lq_size)) {
    reject(limits_.make(*lq, now.batch_size));
  }
  reject(limits_.make(now.lq_size, now.batch_size + 1));

  const auto plan = plan_growth(view, now);
  if (memory_ends_growth_at(plan ? plan->target : now) && begin_trial(window, decision)) {
    return;
  }
  if (!plan) {
    rest_without_growth(window, decision);
    return;
  }
  const std::int64_t peak = model_.predict(plan->next).value_or(0);
  decision.reason = fmt::format("{:.1f} % of memory is below {:.0f} %", 100 * decision.usage,
                                100 * (settings_.target_vram_usage - settings_.safety_margin));
  if (plan->target != plan->next) {
    decision.reason += fmt::format(", on the way to {}", text_of(plan->target));
  }
  change_to(plan->next, decision);
  decision.predicted_usage = share(peak, window.total);
  confidence_.expect(plan->next, peak);
}

void DynamicBatchSizeOptimizer::rest_without_growth(const WindowReading& window,
                                                    Decision& decision) {
  const MemoryBudget limit = budget({window.external, window.total});
  const bool largest = decision.size == limits_.maximum();
  decision.reason =
      largest ? "this is the largest allowed size" : "no larger size is both allowed and safe";
  if (largest) {
    say_once("largest",
             fmt::format("{} is the largest allowed size; it uses {:.1f} % of memory",
                         text_of(decision.size), 100 * decision.usage),
             decision);
  } else if (!limit.on_device(limit.low)) {
    say_once("ceiling",
             fmt::format("target_vram_usage cannot be reached: others hold {}, {:.0f} % more is "
                         "reserved than used, and the device is not filled beyond {:.0f} %",
                         format_bytes(window.external), 100 * (fragmentation_ - 1),
                         100 * settings_.ceiling),
             decision);
  }
  if (largest || confidence_.reserve_at_floor()) {
    rest_ = Rest{decision.usage, window.external};
  } else {
    confidence_.idle();
  }
}

void DynamicBatchSizeOptimizer::change_to(TrainingSize size, Decision& decision) {
  decision.size = size_ = size;
  decision.action = action_between(decision.from, size);
  decision.reason += fmt::format(": {} -> {}", text_of(decision.from), text_of(size));
  windows_with_retries_ = 0;
  rest_.reset();
  ++counters_.adjustments;
}

void DynamicBatchSizeOptimizer::say_once(const std::string& key, const std::string& text,
                                         Decision& decision) {
  if (said_.insert(key).second) {
    decision.notices.push_back(text);
  }
}

}  // namespace sr
