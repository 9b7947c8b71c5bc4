#pragma once

#include <cstdint>
#include <optional>

#include "automation/size_json.h"
#include "core/training_size.h"

namespace sr {

/// Whether blocks are computed twice (train.recompute: auto): less memory for activations, the same
/// weights to the bit, about a third more time. Off at first; on for good once the smallest size
/// has not fitted without, or after a trial.
///
/// A trial is one window at an unchanged size. What activations took before and take now says how
/// many times the pixels fit; it stays on from kLeastGain on. Time has no part in that: a step
/// computes at most its forward pass a second time, whose price is known (docs/decisions/0033), and
/// a clock would make sizes differ between runs that have the same memory.
class RecomputeChoice {
 public:
  static constexpr double kLeastGain = 1.5;

  struct Trial {
    TrainingSize size;
    double activations = 0;    ///< bytes at this size without
    Json model{}, frontier{};  ///< states of what was known of sizes without
  };
  struct Verdict {
    bool on = false;
    double gain = 0;  ///< times the pixels that fit
  };

  explicit RecomputeChoice(bool allowed) : allowed_(allowed) {}

  bool on() const { return on_; }
  /// It can still be turned on.
  bool left() const { return allowed_ && !on_; }
  /// And no trial has been judged.
  bool untried() const { return left() && !judged_; }
  const std::optional<Trial>& trial() const { return trial_; }

  /// For good; a trial ends with that.
  void turn_on();
  /// Until judge() or turn_on().
  void begin(Trial trial);
  /// Only during a trial, which ends: `activations` as in Trial, with blocks computed twice.
  Verdict judge(double activations);
  /// As if it had not begun.
  void break_off();

  Json state() const;
  /// False when `state` has turned on what is not allowed now; null is the state of a version
  /// without this choice.
  bool restore(const Json& state);

 private:
  bool allowed_;
  bool on_ = false;
  bool judged_ = false;
  std::optional<Trial> trial_;
};

}  // namespace sr
