#pragma once

#include <filesystem>
#include <vector>

namespace sr {

/// How busy each processor of the machine is with anything at all, from /proc/stat.
class ProcessorIdleness {
 public:
  /// `root` is where /proc is found.
  explicit ProcessorIdleness(std::filesystem::path root = "/");

  /// By processor number, the share of the time since the call before (of the first: since the
  /// machine was started) in which it was idle, 0 to 1; 0 for a number that is not listed. Empty
  /// where the kernel does not tell.
  std::vector<double> since_last_call();

 private:
  struct Times {
    double idle = 0, all = 0;  ///< ticks
  };
  std::filesystem::path file_;
  std::vector<Times> before_;
};

}  // namespace sr
