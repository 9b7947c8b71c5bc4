#pragma once

#include <set>
#include <string>

namespace sr {

/// What a state says of how it was trained; `optimizer` is empty for states of earlier
/// versions.
struct TrainedWith {
  std::set<std::string> tensors;  ///< names in the state: "exp_avg.<parameter>", "ema.updates" ...
  std::string optimizer, optimizer_d;
};

/// Why a state cannot be gone on from with this configuration although the networks are the same,
/// in the words of the settings, and what to do; empty when its tensors are the wanted ones.
std::string resume_difference(const TrainedWith& saved, const TrainedWith& wanted);

}  // namespace sr
