#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "automation/failing_frontier.h"
#include "automation/memory_model.h"
#include "automation/size_limits.h"
#include "core/training_size.h"

namespace sr {

/// The memory a size may take, bytes. `low` .. `high` is the band around `target`.
struct MemoryBudget {
  double low = 0;
  double target = 0;
  double high = 0;
  double ceiling = 0;        ///< for everything on the device
  double external = 0;       ///< held by others
  double fragmentation = 1;  ///< reserved / allocated
  double reserve = 0;        ///< kept free above a prediction

  /// The device holds a step that allocates `peak` at most.
  bool on_device(double peak) const { return peak * fragmentation + external <= ceiling; }
  /// A prediction that may be followed: inside the band and on the device with the reserve on top.
  bool allows(double predicted) const {
    return predicted + reserve <= high && on_device(predicted + reserve);
  }
};

/// What growth looks at. Nothing is owned or kept.
struct GrowthView {
  const SizeLimits& limits;
  const MemoryModel& model;
  const FailingFrontier& frontier;
  MemoryBudget budget;
  double growth_cap = 1;
};

struct GrowthPlan {
  TrainingSize target;  ///< where growth will end, as far as is known now
  TrainingSize next;    ///< the size to go to now
};

/// Plans the landing first, then the jump. Going up in one dimension until it no longer fits would
/// end in places (lq_size at its maximum, every batch step too coarse) from which the band cannot
/// be reached.
///
/// Target: of the legal sizes the one with the largest lq_size, then the largest batch, among those
/// predicted in [low + reserve, target], else in (target, high], else in [low, target], else below
/// target; so predictions that are a little off do not land beside the band.
/// Next: the target if growth_cap admits it or it was measured before, else the largest legal step
/// on the way, else one single step. Never smaller than `now` in either dimension, never blocked.
/// Nothing when no larger size is legal.
std::optional<GrowthPlan> plan_growth(const GrowthView& view, TrainingSize now);

/// Why growth may not go to `size`; empty when it may.
std::string objection(const GrowthView& view, TrainingSize size);

/// One step down: batch to the configured one, then lq_size to the configured one, then batch to
/// its minimum, then lq_size to its minimum. Nothing at the minimum.
std::optional<TrainingSize> next_smaller(const SizeLimits& limits, TrainingSize size);

/// The first size on the way down that is not blocked and `fits`, else the last one that is not
/// blocked. Nothing when `now` is the minimum.
std::optional<TrainingSize> plan_shrink(const SizeLimits& limits, const FailingFrontier& frontier,
                                        TrainingSize now,
                                        const std::function<bool(TrainingSize)>& fits);

}  // namespace sr
