// What happens when a step runs out of memory: the half of DynamicBatchSizeOptimizer behind
// after_failure().

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "automation/dynamic_batch_size_optimizer.h"

namespace sr {

namespace {

/// Others must have taken more than this share of total since a size was proven to be held
/// responsible.
constexpr double kExternalGrowth = 0.02;
constexpr int kLongestHold = 16;
/// With nothing proven, at most this share of the pixels that failed: what was live at the throw
/// tells little about what the step would have taken.
constexpr double kUnprovenFactor = 0.25;

std::string reason_of(FailureClass kind) {
  switch (kind) {
    case FailureClass::kExternal:
      return "another program took memory";
    case FailureClass::kAnomaly:
      return "out of memory although it should have fitted";
    default:
      return "out of memory";
  }
}

}  // namespace

Recovery DynamicBatchSizeOptimizer::after_failure(const FailureReading& failure, TrainingSize now) {
  Recovery recovery;
  recovery.kind = classify(failure, now);
  recovery.size = size_ = now;
  recovery.micro_batch = ladder_.micro_batch();
  if (failure.soft) {
    ++counters_.soft_failures;
    recovery.action = RecoveryAction::kKeepStep;
    recovery.reason = "memory was refused inside a library, which found another way";
    return recovery;
  }
  ++counters_.ooms;
  if (attempts_.step != failure.step) {
    attempts_ = {failure.step, false, false};
  }
  model_.set_between_steps(failure.between_steps);

  if (recovery.kind == FailureClass::kFragmentation) {
    attempts_.retried = failed_in_window_ = true;
    fragmented_.push_back(now);
    recovery.action = RecoveryAction::kRetry;
    recovery.reason = "enough memory is reserved but in pieces: cache emptied, same size once more";
    return recovery;
  }
  if (recompute_.trial()) {
    recompute_.turn_on();  // what runs out of memory even so needs it
  }
  if (!next_smaller(limits_, now)) {
    const FailureClass kind = recovery.kind;
    recovery = climb(failure, now);
    recovery.kind = kind;
    attempts_.retried = failed_in_window_ = true;
    rest_.reset();
    return recovery;
  }
  learn_from(failure, recovery.kind, now);
  recovery.size = size_ = roll_back_size(failure, now);
  ladder_.reset();
  recovery.micro_batch = 0;
  recovery.action = RecoveryAction::kRollBack;
  recovery.reason =
      fmt::format("{}: {} x {} -> {} x {}, same step, same samples", reason_of(recovery.kind),
                  now.lq_size, now.batch_size, size_.lq_size, size_.batch_size);
  return recovery;
}

/// Blocks computed twice change no bit and come before micro-batches, which round otherwise.
Recovery DynamicBatchSizeOptimizer::climb(const FailureReading& failure, TrainingSize now) {
  if (!attempts_.retried || !recompute_.left()) {
    return ladder_.next(failure, now, attempts_.retried);
  }
  recompute_.turn_on();
  forget_sizes();
  Recovery recovery;
  recovery.action = RecoveryAction::kRecompute;
  recovery.size = now;
  recovery.micro_batch = ladder_.micro_batch();
  recovery.reason =
      "already at the smallest size: blocks are computed twice from now on, which takes less "
      "memory";
  return recovery;
}

Decision DynamicBatchSizeOptimizer::after_library_limit(const FailureReading& failure,
                                                        TrainingSize now, TrainingSize committed,
                                                        const std::string& problem) {
  limits_.set_most_pixels(committed.pixels() + (now.pixels() - committed.pixels()) / 2);
  confidence_.drop_expectation();
  Decision decision;
  decision.from = now;
  decision.from_micro_batch = decision.micro_batch = ladder_.micro_batch();
  decision.from_recompute = decision.recompute = recompute_.on();
  decision.reason = "a library cannot compute this size (" + problem + ")";
  change_to(committed, decision);
  const auto total = static_cast<double>(failure.total);
  decision.usage = static_cast<double>(failure.live) / total;
  decision.device_usage = static_cast<double>(failure.reserved + failure.external) / total;
  decision.predicted_usage = static_cast<double>(model_.predict(committed).value_or(0)) / total;
  decision.model = summary();
  return decision;
}

FailureClass DynamicBatchSizeOptimizer::classify(const FailureReading& failure,
                                                 TrainingSize now) const {
  if (failure.soft) {
    return FailureClass::kSoft;
  }
  const bool retried = attempts_.step == failure.step && attempts_.retried;
  const bool first_time =
      std::find(fragmented_.begin(), fragmented_.end(), now) == fragmented_.end();
  if (failure.requested > 0 && failure.requested <= failure.reserved - failure.live && !retried &&
      first_time) {
    return FailureClass::kFragmentation;
  }
  const ProvenSizes::Entry* proven = proven_.proof_of(now);
  const double grown = proven ? static_cast<double>(failure.external - proven->external) : 0;
  if (grown > kExternalGrowth * static_cast<double>(failure.total)) {
    return FailureClass::kExternal;
  }
  if (const auto predicted = model_.predict(now)) {
    const MemoryBudget limit = budget({failure.external, failure.total});
    const auto peak = static_cast<double>(*predicted);
    if (limit.allows(peak) || (proven && limit.on_device(peak))) {
      return FailureClass::kAnomaly;
    }
  }
  return FailureClass::kGenuine;
}

void DynamicBatchSizeOptimizer::learn_from(const FailureReading& failure, FailureClass kind,
                                           TrainingSize now) {
  rest_.reset();
  windows_with_retries_ = 0;
  failed_in_window_ = false;  // the failed size is left; the next one starts with a clean window
  if (kind == FailureClass::kExternal) {
    confidence_.drop_expectation();
    if (!attempts_.on_hold) {
      hold_ = {hold_.next_length, std::min(2 * hold_.next_length, kLongestHold), now.pixels()};
      attempts_.on_hold = true;
    }
    return;
  }
  const MemorySituation seen{failure.external, failure.total};
  const std::int64_t needed = failure.live + failure.requested;
  confidence_.failed(now, needed, failure.total);
  if (kind == FailureClass::kAnomaly) {
    frontier_.add_anomaly(now, seen);
    model_.forget(now);
    proven_.remove_if([&](TrainingSize size) { return size == now; });
  } else {
    frontier_.add_genuine(now, seen);
    model_.observe_failure(now, needed, failure.between_steps);
  }
  proven_.remove_if([&](TrainingSize size) { return frontier_.blocked(size); });
}

TrainingSize DynamicBatchSizeOptimizer::roll_back_size(const FailureReading& failure,
                                                       TrainingSize now) const {
  const MemoryBudget limit = budget({failure.external, failure.total});
  const auto usable = [&](TrainingSize size) {
    const auto peak = static_cast<double>(model_.predict(size).value_or(0));
    return limits_.make(size.lq_size, size.batch_size) && !frontier_.blocked(size) &&
           limit.on_device(peak + limit.reserve);
  };
  TrainingSize size = proven_.largest_below(now, usable).value_or(guessed_size(failure, now));
  while (frontier_.blocked(size)) {
    const auto smaller = next_smaller(limits_, size);
    if (!smaller) {
      break;
    }
    size = *smaller;
  }
  return size;
}

TrainingSize DynamicBatchSizeOptimizer::guessed_size(const FailureReading& failure,
                                                     TrainingSize now) const {
  const auto fixed = static_cast<double>(failure.between_steps);
  const double cap = settings_.ceiling * static_cast<double>(failure.total) -
                     static_cast<double>(failure.external);
  const double seen = static_cast<double>(failure.live + failure.requested);
  const double room = seen > fixed ? std::max(0.0, cap - fixed) / (seen - fixed) : kUnprovenFactor;
  const double pixels = std::min(room, kUnprovenFactor) * static_cast<double>(now.pixels());
  const TrainingSize minimum = limits_.minimum();
  const int batch = static_cast<int>(pixels / (double(now.lq_size) * now.lq_size));
  if (batch >= minimum.batch_size) {
    return limits_.at_most({now.lq_size, batch});
  }
  const int lq = static_cast<int>(std::sqrt(pixels / minimum.batch_size));
  return limits_.at_most({lq, minimum.batch_size});
}

}  // namespace sr
