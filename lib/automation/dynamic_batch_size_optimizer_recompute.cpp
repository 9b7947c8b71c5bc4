// Blocks computed twice: the part of DynamicBatchSizeOptimizer that tries whether they make room
// for a larger lq_size.

#include <algorithm>

#include <fmt/format.h>

#include "automation/dynamic_batch_size_optimizer.h"

namespace sr {

namespace {

double activations_of(const WindowReading& window) {
  return std::max(0.0, static_cast<double>(window.alloc_peak - window.between_steps));
}

}  // namespace

/// A larger lq_size than that of `size` is legal and only memory stands against it.
bool DynamicBatchSizeOptimizer::memory_ends_growth_at(TrainingSize size) const {
  const auto larger = limits_.lq_above(size.lq_size);
  return larger && limits_.make(*larger, size.batch_size);
}

/// What was learned without holds for a model of the other kind no longer.
void DynamicBatchSizeOptimizer::forget_sizes() {
  const std::int64_t between_steps = model_.between_steps();
  model_ = MemoryModel(static_cast<std::size_t>(std::max(settings_.vram_history_size, 1)));
  model_.set_between_steps(between_steps);
  frontier_ = FailingFrontier();
  confidence_.drop_expectation();
  rest_.reset();
}

/// False, with nothing changed, when there is nothing to try.
bool DynamicBatchSizeOptimizer::begin_trial(const WindowReading& window, Decision& decision) {
  if (!recompute_.untried()) {
    return false;
  }
  recompute_.begin({decision.size, activations_of(window), model_.state(), frontier_.state()});
  forget_sizes();
  decision.action = SizeAction::kRecompute;
  decision.rejected.clear();
  decision.reason = fmt::format(
      "memory ends growth below lq_size {}: blocks are computed twice for a window, to "
      "see what that saves",
      limits_.maximum().lq_size);
  return true;
}

/// True when the window was a trial and nothing else is to be decided from it.
bool DynamicBatchSizeOptimizer::end_trial(const WindowReading& window, Decision& decision) {
  if (!recompute_.trial()) {
    return false;
  }
  const RecomputeChoice::Trial before = *recompute_.trial();
  const bool judged = before.size == decision.size;
  RecomputeChoice::Verdict verdict;
  if (judged) {
    verdict = recompute_.judge(activations_of(window));
  } else {
    recompute_.break_off();
  }
  if (verdict.on) {
    decision.notices.push_back(fmt::format(
        "train.recompute: with blocks computed twice {:.1f} times the pixels fit, at least {:.1f} "
        "are worth the slower steps: it stays on",
        verdict.gain, RecomputeChoice::kLeastGain));
    return false;
  }
  model_.restore(before.model);
  frontier_.restore(before.frontier);
  decision.action = SizeAction::kRecompute;
  decision.reason =
      judged
          ? fmt::format(
                "blocks computed twice make room for {:.2f} times the pixels, less than "
                "the {:.1f} that slower steps are worth: they are computed once again",
                verdict.gain, RecomputeChoice::kLeastGain)
          : "the sizes were changed during the trial of blocks computed twice: they are computed "
            "once again";
  return true;
}

}  // namespace sr
