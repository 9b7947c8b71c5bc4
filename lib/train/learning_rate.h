#pragma once

#include <cstdint>

#include "config/config.h"
#include "train/run_state.h"

namespace sr {

/// Steps over which the learning rate follows a change of batch_size.
inline constexpr std::int64_t kRampSteps = 100;

/// lr_scaling's factor for the step after `state.step`: (batch_size / configured batch_size)^p with
/// p = 0, 1/2, 1, reached linearly over kRampSteps after each change.
double lr_factor(const RunState& state);

/// Starts a new ramp in `state` when its batch size asks for another factor than the one it is
/// heading for.
void follow_batch_size(LrScaling scaling, int configured_batch_size, RunState& state);

}  // namespace sr
