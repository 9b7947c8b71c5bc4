#include "dist/ballot.h"

#include <algorithm>

#include <fmt/format.h>

#include "dist/errors.h"

namespace sr {
namespace {

using Outcome = Ballot::Outcome;

/// Bytes that would have been needed beyond what the device has.
std::int64_t lack(const Ballot& ballot) {
  return ballot.allocated + ballot.requested + ballot.external - ballot.total;
}

bool overrules(const Ballot& ballot, const Ballot& other) {
  if (ballot.outcome != other.outcome) {
    return ballot.outcome > other.outcome;
  }
  return ballot.outcome != Outcome::kFailed && lack(ballot) > lack(other);
}

std::size_t deciding(std::span<const Ballot> ballots) {
  std::size_t worst = 0;
  for (std::size_t rank = 1; rank < ballots.size(); ++rank) {
    if (overrules(ballots[rank], ballots[worst])) {
      worst = rank;
    }
  }
  return worst;
}

void require_equal(std::span<const Ballot> ballots) {
  const Ballot& first = ballots.front();
  for (std::size_t rank = 1; rank < ballots.size(); ++rank) {
    const Ballot& other = ballots[rank];
    if (other.step != first.step || other.cursor != first.cursor || other.sizes != first.sizes) {
      throw RanksPartedError(fmt::format(
          "the ranks have parted: rank {} is at step {}, sample {}, sizes {:#x}; rank 0 at step "
          "{}, sample {}, sizes {:#x}",
          rank, other.step, other.cursor, other.sizes, first.step, first.cursor, first.sizes));
    }
  }
}

MemoryReading memory_of(const Ballot& ballot) {
  MemoryReading memory;
  memory.allocated = ballot.allocated;
  memory.allocated_peak = ballot.allocated_peak;
  memory.reserved = ballot.reserved;
  memory.reserved_peak = ballot.reserved_peak;
  memory.external = ballot.external;
  memory.total = memory.device_total = ballot.total;
  memory.retries = static_cast<std::uint64_t>(ballot.retries);
  return memory;
}

MemoryReading tightest(std::span<const Ballot> ballots) {
  MemoryReading memory = memory_of(ballots.front());
  std::int64_t reachable = memory.total - memory.external;
  for (const Ballot& ballot : ballots) {
    memory.allocated = std::max(memory.allocated, ballot.allocated);
    memory.allocated_peak = std::max(memory.allocated_peak, ballot.allocated_peak);
    memory.reserved = std::max(memory.reserved, ballot.reserved);
    memory.reserved_peak = std::max(memory.reserved_peak, ballot.reserved_peak);
    memory.retries = std::max(memory.retries, static_cast<std::uint64_t>(ballot.retries));
    memory.total = std::min(memory.total, ballot.total);
    reachable = std::min(reachable, ballot.total - ballot.external);
  }
  memory.device_total = memory.total;
  memory.external = std::max<std::int64_t>(0, memory.total - reachable);
  return memory;
}

}  // namespace

void Ballot::set_memory(const MemoryReading& reading) {
  allocated = reading.allocated;
  allocated_peak = reading.allocated_peak;
  reserved = reading.reserved;
  reserved_peak = reading.reserved_peak;
  external = reading.external;
  total = reading.total;
  retries = static_cast<std::int64_t>(reading.retries);
}

Verdict agree(std::span<const Ballot> ballots) {
  const std::size_t rank = deciding(ballots);
  const Ballot& worst = ballots[rank];
  Verdict verdict;
  verdict.outcome = worst.outcome;
  verdict.rank = static_cast<int>(rank);
  verdict.detail = worst.detail;
  if (worst.outcome == Outcome::kFailed) {
    return verdict;
  }
  require_equal(ballots);
  verdict.clock_us = ballots.front().clock_us;
  verdict.requested = worst.requested;
  verdict.between_steps = worst.between_steps;
  for (const Ballot& ballot : ballots) {
    if (ballot.stop != 0 &&
        (!verdict.stop || ballot.stop > static_cast<std::int64_t>(*verdict.stop))) {
      verdict.stop = static_cast<ExitCode>(ballot.stop);
    }
  }
  const bool usable = worst.outcome == Outcome::kFits || worst.outcome == Outcome::kWorkedAround;
  verdict.memory = usable ? tightest(ballots) : memory_of(worst);
  verdict.memory.free = std::max<std::int64_t>(
      0, verdict.memory.total - verdict.memory.external - verdict.memory.reserved);
  return verdict;
}

}  // namespace sr
