#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/training_size.h"

// What automations decide. A run's report shows these as they are.

namespace sr {

enum class SizeAction { kHold, kGrowLq, kGrowBatch, kShrinkLq, kShrinkBatch, kRecompute };
/// "hold", "grow_lq", "recompute" ...: the `action` of a size_decision event.
std::string_view name_of(SizeAction action);

/// A neighbouring size that was not chosen, and why.
struct RejectedSize {
  TrainingSize size;
  std::string reason;
};

/// peak(P) <= fixed_bytes + bytes_per_lq_pixel * P, give or take `reserve`.
struct ModelSummary {
  std::int64_t fixed_bytes = 0;
  double bytes_per_lq_pixel = 0;
  double reserve = 0;  ///< share of total
};

/// The outcome of one window. `size`, `micro_batch` and `recompute` are in force from the next
/// step, those with `from` were in the window.
struct Decision {
  SizeAction action = SizeAction::kHold;
  TrainingSize from;
  TrainingSize size;
  int micro_batch = 0;         ///< samples per forward at the floor; 0 = the whole batch at once
  std::string reason;          ///< one line for a person
  double usage = 0;            ///< allocated peak / total
  double device_usage = 0;     ///< (reserved peak + external) / total
  double predicted_usage = 0;  ///< of `size`
  ModelSummary model;
  std::vector<RejectedSize> rejected;
  std::vector<std::string> notices;  ///< worth a line of their own; each is given once in a run
  bool converged = false;            ///< nothing more will change unless memory use does
  bool recompute = false;            ///< blocks are computed twice
  bool from_recompute = false;
  int from_micro_batch = 0;
};

enum class RateAction { kHold, kReduce, kRaise };
/// "hold", "reduce", "raise": the `action` of an lr_decision event.
std::string_view name_of(RateAction action);

/// A change of the factor, or with kHold one that its bounds forbid.
struct RateDecision {
  RateAction action = RateAction::kHold;
  std::string_view cause;  ///< plateau, divergence, metric, fall
  std::string reason;      ///< one line for a person
  double from = 1;
  double factor = 1;      ///< in force from the next step
  double loss = 0;        ///< mean of the judged losses; 0 when the metric decided
  double change = 0;      ///< of the loss over the judged steps, as a share of it
  double t = 0;           ///< how far that stands out from noise
  double critical_t = 0;  ///< what t was compared with
  int validations = 0;    ///< without a better metric
};

/// Whether to go on after a validation, and the numbers behind it.
struct StopDecision {
  bool stop = false;
  std::string reason;  ///< one line for a person
  std::string metric;  ///< that is monitored, by the name its caller gives it
  double value = 0;
  double best = 0;
  std::int64_t best_step = 0;
  std::int64_t steps_waited = 0;  ///< without an improvement
  int validations_waited = 0;
  bool growing = false;
  int trend_points = 0;    ///< validations that the following judge; fewer than 10 decide nothing
  double metric_t = 0;     ///< slope of the metric / its standard error, below 0 = becoming worse
  double loss_t = 0;       ///< same of the mean training losses between the validations
  double loss_change = 0;  ///< over them, as a share of the loss
};

enum class FailureClass { kFragmentation, kExternal, kAnomaly, kGenuine, kSoft };
/// "fragmentation", "external", ...: the `class` of an oom event.
std::string_view name_of(FailureClass kind);

enum class RecoveryAction {
  kKeepStep,      ///< soft failure: the attempt is good, commit it
  kRetry,         ///< empty the cache, same size once more
  kRollBack,      ///< go on with the smaller `size`
  kRecompute,     ///< same size with blocks computed twice, from now on
  kMicroBatch,    ///< same size in parts of `micro_batch` samples
  kBenchmarkOff,  ///< same size with cuDNN's benchmark mode switched off
  kGiveUp,        ///< save the state, end with exit code 5 and `reason` as the message
};

/// What to do about an attempt that ran out of memory. Except for kKeepStep and kGiveUp: the same
/// step again, with the same samples.
struct Recovery {
  FailureClass kind = FailureClass::kGenuine;
  RecoveryAction action = RecoveryAction::kRollBack;
  TrainingSize size;
  int micro_batch = 0;  ///< as in Decision
  std::string reason;   ///< one line for a person; with kGiveUp a table
};

}  // namespace sr
