#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace sr {

/// How far a run is, in all that can end it or that its schedule can count in.
struct RunPoint {
  std::int64_t step = 0;      ///< committed optimizer steps
  std::uint64_t samples = 0;  ///< of them
  std::int64_t pixels = 0;    ///< GT pixels of those samples
  double seconds = 0;         ///< that all processes of the run have taken for them
};

/// What one step adds.
struct StepCost {
  double seconds = 0, samples = 0, pixels = 0;
};

inline constexpr double kSecondsPerHour = 3600;

/// When a run ends, and where on its way to the end a point of it is.
class RunLength {
 public:
  explicit RunLength(const TrainConfig& config);

  /// The setting that ends the run at or before this point, "total_iter"; empty: it goes on. With a
  /// clock_schedule no time ends it.
  std::string reached(const RunPoint& at) const;
  /// 0 to 1: of the end that is nearest.
  double share(const RunPoint& at) const;
  /// Until the end that comes first when every step costs that much.
  double seconds_left(const RunPoint& at, const StepCost& step) const;

  /// Thousandths of max_hours that have passed, at most 1000: from clock_schedule, or read from
  /// `at.seconds`. Empty: the schedule does not count in hours.
  std::optional<int> permille(const RunPoint& at) const;
  /// Where the schedule is asked for the step that begins at this point, in units of schedule_by.
  double schedule_position(const RunPoint& at) const;

 private:
  struct End {
    const char* setting;
    double total;
    double (*done)(const RunPoint&);
    double (*seconds_each)(const StepCost&);  ///< of one more
  };

  TrainConfig config_;
  std::vector<End> ends_;
};

}  // namespace sr
