#include "train/signals.h"

#include <unistd.h>

#include <csignal>

namespace sr {
namespace {

// Signal handlers can reach nothing but objects of static storage.
volatile std::sig_atomic_t caught_signal = 0;

void on_signal(int number) {
  if (caught_signal != 0) {
    _exit(128 + number);
  }
  caught_signal = number;
}

void set_handler(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(number, &action, nullptr);
}

}  // namespace

StopSignals::StopSignals() {
  caught_signal = 0;
  set_handler(SIGINT, on_signal);
  set_handler(SIGTERM, on_signal);
}

StopSignals::~StopSignals() {
  set_handler(SIGINT, SIG_DFL);
  set_handler(SIGTERM, SIG_DFL);
}

std::optional<ExitCode> StopSignals::requested() const {
  switch (caught_signal) {
    case SIGINT:
      return ExitCode::kInterrupted;
    case SIGTERM:
      return ExitCode::kTerminated;
    default:
      return std::nullopt;
  }
}

}  // namespace sr
