#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace sr {

/// Makes the OpenMP threads of LibTorch sleep soon while they wait for one another, instead of
/// spinning for milliseconds, and back, while the program runs. GCC's libgomp reads its settings
/// once, when it is loaded; but it spins only briefly whenever the process has more OpenMP threads
/// than there are processors. So this holds a team of threads that do nothing but sleep. Neither
/// the number of threads that compute nor any result changes (decision 27).
class IdleTeam {
 public:
  IdleTeam() = default;
  ~IdleTeam() { release(); }
  IdleTeam(const IdleTeam&) = delete;
  IdleTeam& operator=(const IdleTeam&) = delete;

  /// False where LibTorch's threads are not libgomp's: hold() then does nothing.
  static bool works();
  /// Holds as many threads as it takes, with `computing` ones, for libgomp to spin briefly. Does
  /// nothing when already held, where that would be more than 256, or where the system has no
  /// thread to give.
  void hold(int computing);
  void release();

 private:
  void rest();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  std::thread thread_;  ///< the team's first
};

}  // namespace sr
