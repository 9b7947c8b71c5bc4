#pragma once

#include <cstdint>
#include <optional>

#include "core/training_size.h"
#include "report/event.h"
#include "train/attempt.h"
#include "train/step.h"

namespace sr {

/// Where in its run a process attempts a step. The processes of one run are at the same place.
struct StepPlace {
  std::int64_t step = 0;     ///< committed steps
  std::uint64_t cursor = 0;  ///< first sample of the step
  TrainingSize size;         ///< in force
  int micro_batch = 0;       ///< in force; 0 = whole batches
  bool recompute = false;    ///< in force
  double seconds = 0;        ///< that the run has taken until the end of this attempt
};

/// Stands between attempt and commit: turns a process's own outcome into the one that all
/// processes of the run act on, so that all commit the step or none does, and all decide about
/// sizes from the same reading. A process that trains alone acts on its own.
class Agreement {
 public:
  virtual ~Agreement() = default;
  /// The outcome to act on. An own attempt that completed where the common outcome is a failure is
  /// given back by `step.undo()`; nothing else may change.
  virtual Attempt agree(Attempt own, const StepPlace& place, Step& step) = 0;
  /// The time that all processes say it is, for what would otherwise differ between their clocks:
  /// that of the first one at the last agree(). `own`: StepPlace::seconds of it.
  virtual double common_seconds(double own) const { return own; }
  /// False after an exchange broke off that may have left numbers in the network which nobody has
  /// agreed on: then nothing is saved.
  virtual bool state_is_intact() const { return true; }
  /// How the processes got on in the last `steps` steps of so many milliseconds each; empty for
  /// one.
  virtual std::optional<RanksProgress> take_progress(std::int64_t /*steps*/, double /*step_ms*/) {
    return std::nullopt;
  }
};

/// One process: the identity.
class Alone final : public Agreement {
 public:
  Attempt agree(Attempt own, const StepPlace& /*place*/, Step& /*step*/) override { return own; }
};

}  // namespace sr
