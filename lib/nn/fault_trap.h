#pragma once

#include <array>
#include <csignal>
#include <string>

namespace sr {

/// While it lives, a fault of the processor ends the process with `culprit` and what it was on the
/// standard error, and with exit code 4. LibTorch does not check everything that a program asks of
/// it: a whole number divided by 0, calls deeper than the stack. Such a fault would end the process
/// anyway, without a word of whose it was. `culprit` lives longer. One thread makes and ends
/// instances, the last one first.
class FaultTrap {
 public:
  explicit FaultTrap(const std::string& culprit);
  ~FaultTrap();
  FaultTrap(const FaultTrap&) = delete;
  FaultTrap& operator=(const FaultTrap&) = delete;

 private:
  const std::string* outer_;
  stack_t stack_before_ = {};
  std::array<struct sigaction, 3> before_ = {};
};

}  // namespace sr
