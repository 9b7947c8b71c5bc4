#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/loader.h"
#include "optim/adaptive_clipping.h"
#include "report/event.h"
#include "train/attempt.h"

namespace sr {

/// One optimizer step as a transaction, as the trainer sees it. attempt() may fail anywhere and
/// then leaves no trace; commit() allocates nothing and cannot fail.
class Step {
 public:
  virtual ~Step() = default;

  /// Uploads, forward, losses, backward for all samples of `batch` (its size counts all parts).
  /// Throws what is neither a lack of memory nor a library's refusal; of that nothing is left
  /// either, unless the device is broken.
  virtual Attempt attempt(const Batch& batch, const StepPlan& plan) = 0;
  /// Unscales, checks, clips, updates weights and averages. A step that is not finite updates
  /// nothing and counts as skipped.
  virtual void commit(Completed step, LearningRates lr) = 0;
  /// Instead of commit(): the step is as if it had not been attempted.
  virtual void undo(Completed step) = 0;

  /// Why steps go on without a recording although one was wanted, once.
  virtual std::optional<std::string> take_graph_problem() = 0;
  /// Mean of each loss over the steps committed since the last call, in which it was computed; one
  /// that was in none is left out. Synchronizes.
  virtual NamedValues take_mean_losses() = 0;
  /// What adaptive gradient clipping did since the last call, "g" and "d"; none when it is off.
  /// Synchronizes.
  virtual std::vector<std::pair<std::string, AdaptiveClipping::Window>> take_clipping() = 0;
  /// Steps that were not finite since the last call; and how many the last ones were in a row, but
  /// for those in which float16's loss scale was above 1: it halves in each, and may have been all
  /// that was wrong. Both synchronize.
  virtual std::int64_t take_skipped() = 0;
  virtual std::int64_t skipped_in_a_row() const = 0;

 protected:
  /// The proof that an attempt came to its end.
  static Gradients in_place() { return {}; }
};

}  // namespace sr
