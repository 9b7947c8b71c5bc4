#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "core/error.h"
#include "device/memory.h"

namespace sr {

/// What one rank says at the end of an attempt, in a fixed number of bytes.
struct Ballot {
  /// In the order in which they overrule each other.
  enum class Outcome : std::int64_t { kFits, kWorkedAround, kLibraryError, kOutOfMemory, kFailed };

  Outcome outcome = Outcome::kFits;
  std::int64_t detail = 0;  ///< kFailed: the exit code; else the caller's own
  // Of memory, bytes; as in MemoryReading. After a failure: at its moment.
  std::int64_t requested = 0;
  std::int64_t allocated = 0, allocated_peak = 0, reserved = 0, reserved_peak = 0;
  std::int64_t external = 0, total = 0, retries = 0;
  std::int64_t between_steps = 0;  ///< bytes that stay allocated when the attempt is gone
  std::int64_t stop = 0;           ///< exit code that a signal has asked this rank for; 0 = none
  // What must be equal on all ranks.
  std::int64_t step = 0, cursor = 0, sizes = 0;
  std::int64_t work_us = 0;   ///< since this rank was done with the exchange before
  std::int64_t clock_us = 0;  ///< how long the run has taken

  void set_memory(const MemoryReading& reading);
};
inline constexpr std::int64_t kBallotWords = 17;
static_assert(sizeof(Ballot) == kBallotWords * sizeof(std::int64_t) &&
              std::is_trivially_copyable_v<Ballot>);

/// What all ranks conclude from all ballots.
struct Verdict {
  Ballot::Outcome outcome = Ballot::Outcome::kFits;
  /// Whose outcome it is: the worst one's; of equal ones that of the rank that lacks most memory,
  /// then the lowest.
  int rank = 0;
  std::int64_t detail = 0;  ///< of that rank
  /// kFits, kWorkedAround: of the tightest device there could be, the greatest need of any rank
  /// with the least memory of any. Else that rank's whole reading.
  MemoryReading memory;
  std::int64_t requested = 0, between_steps = 0;
  std::optional<ExitCode> stop;  ///< asked of any rank
  std::int64_t clock_us = 0;     ///< the first rank's
};

/// A function of the ballots (>= 1, by rank) alone, so that every rank concludes the same. A rank
/// that failed need not be at the same step; for others that are not it throws RanksPartedError.
Verdict agree(std::span<const Ballot> ballots);

}  // namespace sr
