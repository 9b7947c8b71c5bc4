#pragma once

#include <optional>
#include <string_view>

#include "core/error.h"

namespace sr {

/// While it lives, a signal that asks for the end is only remembered: SIGINT, SIGTERM, SIGQUIT,
/// SIGUSR1, SIGUSR2 and SIGXCPU (job schedulers' notices); and, unless it is ignored or handled
/// already, SIGHUP (a closed terminal; nohup ignores it), SIGPWR (a failing supply) and those of
/// timers, SIGALRM, SIGVTALRM and SIGPROF. A SIGINT, SIGTERM or SIGQUIT that follows another one
/// ends the process at once with 128 + its number; within half a second it is taken for the same
/// one, since launchers send on what the terminal has sent already. The notices never end it. One
/// instance at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The exit code that the first signal asks for: that of SIGINT, else that of SIGTERM. Empty when
  /// none came.
  std::optional<ExitCode> requested() const;
  /// Its name, "SIGINT"; empty when none came.
  std::string_view name() const;
};

}  // namespace sr
