#include <fmt/format.h>

#include <cmath>
#include <string>
#include <string_view>

#include "config/schedule_scale.h"
#include "resolve/sections.h"

namespace sr::settings {
namespace {

class LengthCheck {
 public:
  LengthCheck(const Node& root, const TrainConfig& train, Findings& findings)
      : root_(root), train_(train), findings_(findings) {}

  void run() {
    require_end();
    if (train_.schedule_by != ScheduleUnit::kHours) {
      require_whole("train.warmup_iter", train_.warmup_iter);
    }
    check_clock();
  }

 private:
  void problem(const std::string& key, std::string_view what) {
    findings_.problem(line_of(root_, key), key, what);
  }

  /// The schedule has to know how long the run is.
  void require_end() {
    const ScheduleScale scale = schedule_scale(train_);
    const std::string key = std::string("train.") + scale.end;
    const bool steps = train_.schedule_by == ScheduleUnit::kSteps;
    if (scale.total == 0 && (!steps || !is_given(root_, key))) {  // another value has been told of
      problem(key, steps ? "required (integer >= 1)"
                         : "required by schedule_by, which counts in it (number > 0)");
    }
  }

  void require_whole(const std::string& key, double value) {
    if (std::trunc(value) != value) {
      problem(key, fmt::format("expected a whole number, got {}; only schedule_by: hours counts in "
                               "fractions",
                               value));
    }
  }

  /// A replay does not look at the clock, so something else must end it.
  void check_clock() {
    const std::string key = "train.clock_schedule";
    if (train_.clock_schedule.empty()) {
      return;
    }
    if (train_.schedule_by != ScheduleUnit::kHours) {
      problem(key, "is the clock of a schedule that counts in hours; set schedule_by: hours");
    }
    if (train_.total_iter == 0 && train_.total_samples == 0 && train_.total_pixels == 0) {
      problem(key,
              "takes the place of the clock, and max_hours no longer ends the run; set "
              "total_iter to the steps of the run that it is from");
    }
    for (std::size_t i = 1; i < train_.clock_schedule.size(); ++i) {
      const std::int64_t before = train_.clock_schedule[i - 1].step;
      if (train_.clock_schedule[i].step < before) {
        problem(fmt::format("{}.{}.step", key, i),
                fmt::format("expected at least {} as in the entry before, got {}", before,
                            train_.clock_schedule[i].step));
      }
    }
  }

  const Node& root_;
  const TrainConfig& train_;
  Findings& findings_;
};

}  // namespace

void check_length(const Node& root, const Config& config, Findings& findings) {
  LengthCheck(root, config.train, findings).run();
}

}  // namespace sr::settings
