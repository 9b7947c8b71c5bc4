#include "device/step_threads.h"

#include <algorithm>
#include <cstdlib>

#include <ATen/Parallel.h>
#include <fmt/format.h>

namespace sr {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};
constexpr double kMostWaiting = 0.99;
constexpr std::chrono::seconds kLookForRoomEvery{1};  // and for the lack of it
constexpr std::chrono::seconds kConfineAgainAfter{10};

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
  if (confinement_.holds()) {
    look_for_room(now);
    return std::nullopt;
  }
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
    share_processors(now);
  }
  if (said_) {
    return std::nullopt;
  }
  said_ = true;
  return fmt::format(
      "this machine is full: {:.0f} % of the time in which the network could have been computed "
      "was spent waiting for a processor",
      100 * contention_.share());
}

void StepThreads::share_processors(Time now) {
  team_.hold(at::get_num_threads());
  if (now >= next_confinement_) {
    next_confinement_ = now + kLookForRoomEvery;
    // A thread that waits for half of the time shares its processor with one other.
    confinement_.confine(1 / (1 - std::min(contention_.share(), kMostWaiting)));
    next_look_for_room_ = now + kLookForRoomEvery;
  }
}

void StepThreads::look_for_room(Time now) {
  if (now < next_look_for_room_) {
    return;
  }
  next_look_for_room_ = now + kLookForRoomEvery;
  if (confinement_.wasteful()) {
    confinement_.release();
    team_.release();
    contention_ = {};
    next_confinement_ = now + kConfineAgainAfter;
  }
}

}  // namespace sr
