#pragma once

#include <sched.h>

#include <cstdint>
#include <filesystem>

#include "core/processor_idleness.h"

namespace sr {

/// Puts LibTorch's threads together on fewer processors while others fill the machine, and back.
/// Threads that wait for one another get on badly where each shares its processor with others: one
/// has its turn while the next one waits for its own, and each message between two processors costs
/// more than a change of threads on one. Together they have the same share of the machine and find
/// each other ready. Neither their number nor any result changes (decision 42). For use from the
/// thread that trains.
class Confinement {
 public:
  /// `root` is where /proc is found.
  explicit Confinement(const std::filesystem::path& root = "/");
  ~Confinement() { release(); }
  Confinement(const Confinement&) = delete;
  Confinement& operator=(const Confinement&) = delete;

  /// Confines the threads when no processor has idled since the last call of confine() or
  /// wasteful(): to as many as hold them with `crowd` threads each, which is how many others and
  /// they are to a processor. Does nothing where that is all of them.
  void confine(double crowd);
  bool holds() const { return confined_; }
  /// A processor that the threads may not use has idled since the last call of confine() or
  /// wasteful(): there is room again.
  bool wasteful();
  void release();

 private:
  bool idles(bool allowed);

  ProcessorIdleness idleness_;
  cpu_set_t usable_{}, allowed_{};
  bool confined_ = false;
  std::uint64_t times_ = 0;  ///< confined so far
};

}  // namespace sr
