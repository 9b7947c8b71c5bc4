#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/cpu_contention.h"
#include "device/confinement.h"
#include "device/idle_team.h"

namespace sr {

/// Watches whether the thread that trains or infers on the CPU gets the processors it asks for.
/// While others take them, LibTorch's threads sleep when they wait for one another, since a thread
/// that spins keeps the one it waits for from running, and share as few processors as are theirs.
/// The number of threads, on which the bits of a run depend, stays. An OMP_WAIT_POLICY or
/// GOMP_SPINCOUNT in the environment is left in charge. For use from that thread alone.
class StepThreads {
 public:
  StepThreads();

  /// Call after each step, or pass through a network; looks at most 20 times a second. What the
  /// user should hear, once: that the machine is full.
  std::optional<std::string> after_step();

 private:
  using Time = std::chrono::steady_clock::time_point;

  void share_processors(Time now);
  /// Ends the sharing when there is room.
  void look_for_room(Time now);

  ThreadTimesReader times_;
  CpuContention contention_;
  IdleTeam team_;
  Confinement confinement_;
  bool in_charge_;  ///< the environment says nothing about waiting
  bool said_ = false;
  Time next_look_, next_look_for_room_;
  Time next_confinement_;  ///< not before
};

}  // namespace sr
