#include "nn/fault_trap.h"

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <string_view>

#include "core/error.h"

namespace sr {
namespace {

constexpr std::array kFaults{SIGFPE, SIGSEGV, SIGBUS};
constexpr std::size_t kStackBytes = 64U << 10U;

std::atomic<const std::string*> current{nullptr};
/// The handler's own: a fault may be that there is no more stack.
alignas(std::max_align_t) std::array<std::byte, kStackBytes> handler_stack;

void say(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

/// Runs within a signal: writes and ends, nothing else is allowed.
void end_process(int signal) {
  if (const std::string* const culprit = current.load()) {
    say("\nsr-train: ");
    say(*culprit);
    say(signal == SIGFPE ? ": divides whole numbers in a way that has no result\n"
                         : ": reaches memory that it does not have, or calls deeper than the "
                           "stack holds\n");
  }
  ::_exit(static_cast<int>(ExitCode::kCheckpoint));
}

}  // namespace

FaultTrap::FaultTrap(const std::string& culprit) : outer_(current.exchange(&culprit)) {
  stack_t stack = {};
  stack.ss_sp = handler_stack.data();
  stack.ss_size = handler_stack.size();
  sigaltstack(&stack, &stack_before_);
  struct sigaction action = {};
  action.sa_handler = end_process;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    sigaction(kFaults[i], &action, &before_[i]);
  }
}

FaultTrap::~FaultTrap() {
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    sigaction(kFaults[i], &before_[i], nullptr);
  }
  sigaltstack(&stack_before_, nullptr);
  current.store(outer_);
}

}  // namespace sr
