#pragma once

#include "core/error.h"

namespace sr {

/// A rank of the run is gone or has not answered in time, which the others know nothing of. The
/// message names it and its host.
struct RankLostError : Error {
  explicit RankLostError(const std::string& message) : Error(ExitCode::kRankLost, message) {}
};

/// Ranks that should be doing the same are not: their decisions differ.
struct RanksPartedError : Error {
  explicit RanksPartedError(const std::string& message) : Error(ExitCode::kUnexpected, message) {}
};

/// An error that ends the run on all ranks, with one message and one exit code.
struct SharedError : Error {
  using Error::Error;
};

}  // namespace sr
