#include "train/learning_rate.h"

#include <algorithm>
#include <cmath>

namespace sr {

double lr_factor(const RunState& state) {
  const double way = std::clamp(
      static_cast<double>(state.step - state.ramp_start) / static_cast<double>(kRampSteps), 0.0,
      1.0);
  return state.ramp_from + (state.ramp_to - state.ramp_from) * way;
}

void follow_batch_size(LrScaling scaling, int configured_batch_size, RunState& state) {
  const double ratio = static_cast<double>(state.size.batch_size) / configured_batch_size;
  double wanted = 1;
  if (scaling == LrScaling::kSqrt) {
    wanted = std::sqrt(ratio);
  } else if (scaling == LrScaling::kLinear) {
    wanted = ratio;
  }
  if (wanted != state.ramp_to) {
    state.ramp_from = lr_factor(state);
    state.ramp_to = wanted;
    state.ramp_start = state.step;
  }
}

}  // namespace sr
