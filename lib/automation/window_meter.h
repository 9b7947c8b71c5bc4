#pragma once

#include <cstdint>
#include <optional>

#include "automation/reading.h"
#include "automation/size_json.h"
#include "core/training_size.h"

namespace sr {

/// Gathers one WindowReading from the readings after each committed step.
///
/// A window belongs to one size: a reading of another size starts a new one. The first steps of a
/// new size may be left out of the peaks (cuDNN's benchmark mode allocates the largest workspace it
/// can while it tries algorithms); they still count as steps of the window. Maxima live here, so
/// the device's peaks may be reset at any time, as must happen around validation and saving, whose
/// memory is not the training step's.
class WindowMeter {
 public:
  /// `frequency` >= 1 committed steps a window; `warm_up_steps` >= 0 of a new size are not measured
  /// (always fewer than the window has).
  WindowMeter(std::int64_t frequency, std::int64_t warm_up_steps);

  void add(const StepReading& reading, TrainingSize size);
  bool complete() const { return steps_ >= frequency_; }
  /// The window so far; the next reading starts a new one. Only when complete().
  WindowReading take();
  /// Forgets the readings of the window so far.
  void start_over() { size_.reset(); }
  /// Of the last reading; none at first, and after start_over().
  std::optional<TrainingSize> size() const { return size_; }

  /// Also in the middle of a window. Restoring expects a process whose retry counter starts from
  /// zero.
  Json state() const;
  void restore(const Json& state);

 private:
  std::int64_t frequency_;
  std::int64_t warm_up_steps_;
  std::optional<TrainingSize> size_;
  std::int64_t steps_ = 0;
  std::int64_t warm_up_left_ = 0;
  std::int64_t retries_before_ = 0;  // the process's counter at the previous reading
  bool measured_ = false;
  WindowReading window_;
};

}  // namespace sr
