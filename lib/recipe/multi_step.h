#pragma once

#include <cstdint>
#include <vector>

#include "core/describe.h"

// Schedules that multiply the learning rate by gamma at milestones; steps count from 0, and may be
// what train.schedule_by counts in.

namespace sr::recipe {

inline constexpr const char* kMilestonesHelp =
    "Steps at which the learning rate is multiplied by gamma.";
inline constexpr const char* kGammaHelp = "Factor at each milestone or step of a schedule.";
inline constexpr const char* kRestartWeightsHelp =
    "Factor on the learning rate in each period or after each restart; empty = 1.";

struct MultiStepOptions {
  std::vector<double> milestones{100000, 200000};
  double gamma = 0.5;
  friend bool operator==(const MultiStepOptions&, const MultiStepOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    v.lengths("milestones", &MultiStepOptions::milestones, at_least(0), kMilestonesHelp);
    v.number("gamma", &MultiStepOptions::gamma, more_than(0), kGammaHelp);
  }
};

/// BasicSR's rule: each restart begins anew at its weight; a milestone at a restart is not seen.
struct MultiStepRestartOptions {
  std::vector<double> milestones{100000, 200000};
  double gamma = 0.1;
  std::vector<double> restarts{0};
  std::vector<double> restart_weights;  ///< empty = 1
  friend bool operator==(const MultiStepRestartOptions&, const MultiStepRestartOptions&) = default;

  template <class Visitor>
  static void describe(Visitor& v) {
    using O = MultiStepRestartOptions;
    v.lengths("milestones", &O::milestones, at_least(0), kMilestonesHelp);
    v.number("gamma", &O::gamma, more_than(0), kGammaHelp);
    v.lengths("restarts", &O::restarts, at_least(0),
              "Steps at which the learning rate begins anew, ascending.");
    v.numbers("restart_weights", &O::restart_weights, more_than(0), kRestartWeightsHelp);
  }
};

}  // namespace sr::recipe
