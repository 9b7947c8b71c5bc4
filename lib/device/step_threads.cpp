#include "device/step_threads.h"

#include <cstdlib>

#include <ATen/Parallel.h>
#include <fmt/format.h>

namespace sr {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

bool is_set(const char* variable) {
  return std::getenv(variable) != nullptr;
}

}  // namespace

StepThreads::StepThreads() : in_charge_(!is_set("OMP_WAIT_POLICY") && !is_set("GOMP_SPINCOUNT")) {}

std::optional<std::string> StepThreads::after_step() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_look_) {
    return std::nullopt;
  }
  next_look_ = now + kLookEvery;
  const std::optional<ThreadTimes> times = times_.read();
  if (!times) {
    return std::nullopt;
  }
  contention_.add(*times);
  if (!contention_.contended()) {
    team_.release();
    return std::nullopt;
  }
  if (in_charge_ && at::get_num_threads() > 1) {
    team_.hold(at::get_num_threads());
  }
  if (said_) {
    return std::nullopt;
  }
  said_ = true;
  return fmt::format(
      "this machine is full: {:.0f} % of the time in which training could have gone on it waited "
      "for a processor",
      100 * contention_.share());
}

}  // namespace sr
