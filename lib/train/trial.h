#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "config/config.h"
#include "train/run_length.h"
#include "train/session.h"
#include "train/size_policy.h"

namespace sr {

/// What steps of one size take, and what that makes of a whole run.
struct TrialResult {
  StepSize size;         ///< what was trained; smaller than was asked for where that did not fit
  StepCost step;         ///< mean of the measured steps
  double waited = 0;     ///< share of that time in which data was waited for
  double usage = 0;      ///< of the device's memory (or memory_limit), at the peak
  RunPoint end;          ///< of a run whose steps are all like these, from its beginning
  std::string ended_by;  ///< the setting that ends it
};

/// Steps of a session that was opened as a trial: they are taken as in a run, and nothing is
/// written.
class Trial {
 public:
  /// Told behind each step; done == total at the end.
  using Progress = std::function<void(std::size_t done, std::size_t total)>;

  explicit Trial(Session& session);

  /// Takes 20 steps at the size in force, of which the first ones are not counted. A size that
  /// changes meanwhile begins them anew, and their count.
  TrialResult measure(const Progress& steps);
  /// With the size optimizer: takes steps until it decides for no larger size. False when
  /// `patience_s` was over before that, of which `seconds` counts how many have passed.
  bool grow(double patience_s, const Progress& seconds);

 private:
  struct Taken {
    StepSize size;
    MemoryReading memory;
    std::int64_t samples = 0;
    double wait_ms = 0;
  };
  Taken take_step(bool settled);
  /// Nothing when memory ran out or a library refused: a smaller size is in force.
  std::optional<Taken> try_step(const StepSize& size, bool settled);
  std::optional<TrialResult> try_measure(const Progress& steps);

  Session& session_;
  RunLength length_;
  std::int64_t step_;
  std::uint64_t cursor_ = 0;
};

}  // namespace sr
