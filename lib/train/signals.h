#pragma once

#include <optional>

#include "core/error.h"

namespace sr {

/// While it lives, the first SIGINT or SIGTERM is only remembered; a second one ends the process at
/// once with 128 + its number. One instance at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The exit code that the caught signal asks for; empty when none came.
  std::optional<ExitCode> requested() const;
};

}  // namespace sr
