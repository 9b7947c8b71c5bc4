#pragma once

#include <cstdint>
#include <optional>

#include "config/config.h"
#include "optim/schedule.h"
#include "train/attempt.h"
#include "train/run_length.h"

namespace sr {

/// Steps over which the learning rate follows a change of batch_size.
inline constexpr std::int64_t kRampSteps = 100;

/// Where lr_scaling's factor is on its way: from `from` (at step `start`) to `to` over kRampSteps.
struct LearningRateRamp {
  double from = 1, to = 1;
  std::int64_t start = 0;

  double at(std::int64_t step) const;
  friend bool operator==(const LearningRateRamp&, const LearningRateRamp&) = default;
};

/// The learning rates of a run: schedule x ramp x factor. The schedule is that of each network, a
/// function of where the run is (RunLength::schedule_position()); the ramp is (batch_size /
/// configured batch_size)^p with p = 0, 1/2, 1 by lr_scaling, reached linearly after each change;
/// the factor is the learning rate scheduler's.
class LearningRate {
 public:
  explicit LearningRate(const Config& config);

  /// Of the step that begins at `at` and is committed at `batch_size`: another batch size than
  /// before starts a ramp.
  LearningRates of_step(const RunPoint& at, int batch_size, double factor);
  /// Whether the generator's rate of the step that begins at `at` is still rising to its schedule.
  bool warming_up(const RunPoint& at) const;

  /// All that is not a function of the point: part of the training state.
  const LearningRateRamp& ramp() const { return ramp_; }
  void set_ramp(const LearningRateRamp& ramp) { ramp_ = ramp; }

 private:
  RunLength length_;
  Schedule generator_;
  std::optional<Schedule> discriminator_;  ///< none without network_d
  LrScaling scaling_;
  double configured_batch_size_;
  LearningRateRamp ramp_;
};

}  // namespace sr
