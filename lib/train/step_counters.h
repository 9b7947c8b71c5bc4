#pragma once

#include <cstdint>

namespace sr {

/// Counts what attempts took up and commits settled; what is left over at the end was lost.
class StepCounters {
 public:
  explicit StepCounters(std::uint64_t first_sample)
      : first_sample_(first_sample), next_sample_(first_sample) {}

  void begin_step() {
    ++steps_begun_;
    in_step_ = true;
  }
  /// The step that was begun, if there is one, left no trace: whoever goes on takes it again.
  void undo_step() {
    steps_begun_ -= in_step_ ? 1 : 0;
    in_step_ = false;
  }
  void commit(std::uint64_t first_sample, std::uint64_t samples) {
    ++steps_committed_;
    in_step_ = false;
    samples_committed_ += samples;
    next_sample_ = first_sample + samples;
  }

  std::int64_t steps_lost() const { return steps_begun_ - steps_committed_; }
  std::int64_t samples_lost() const {
    return static_cast<std::int64_t>(next_sample_ - first_sample_) -
           static_cast<std::int64_t>(samples_committed_);
  }

 private:
  bool in_step_ = false;
  std::int64_t steps_begun_ = 0, steps_committed_ = 0;
  std::uint64_t first_sample_, next_sample_, samples_committed_ = 0;
};

}  // namespace sr
