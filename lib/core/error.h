#pragma once

#include <stdexcept>
#include <string>

namespace sr {

/// Exit codes of the program; a promise to scripts that call it.
enum class ExitCode : int {
  kDone = 0,
  kUnexpected = 1,
  kConfig = 2,
  kData = 3,
  kCheckpoint = 4,
  kDoesNotFit = 5,
  kDiverged = 6,
  kStorage = 7,
  kRankLost = 8,
  kInterrupted = 130,
  kTerminated = 143,
};

/// An error that a user can act on: the message names the culprit, the type carries the exit code.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode exit_code() const { return code_; }

 private:
  ExitCode code_;
};

/// Configuration or command line; the message holds every problem, one a line.
struct ConfigError : Error {
  explicit ConfigError(const std::string& message) : Error(ExitCode::kConfig, message) {}
};

/// A file of a dataset that cannot be used; the message names each file with its reason.
struct DataError : Error {
  explicit DataError(const std::string& message) : Error(ExitCode::kData, message) {}
};

/// A weight or state file that is unreadable, damaged or does not match.
struct CheckpointError : Error {
  explicit CheckpointError(const std::string& message) : Error(ExitCode::kCheckpoint, message) {}
};

/// Out of memory at the smallest allowed sizes.
struct DoesNotFitError : Error {
  explicit DoesNotFitError(const std::string& message) : Error(ExitCode::kDoesNotFit, message) {}
};

/// The loss was not finite for too many steps in a row.
struct DivergedError : Error {
  explicit DivergedError(const std::string& message) : Error(ExitCode::kDiverged, message) {}
};

/// A file or folder cannot be written: disk full, read-only.
struct StorageError : Error {
  explicit StorageError(const std::string& message) : Error(ExitCode::kStorage, message) {}
};

/// "<action> <path>: <text of errno>", for StorageError and friends.
std::string errno_message(const std::string& action, const std::string& path, int error_number);

}  // namespace sr
