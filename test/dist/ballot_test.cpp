#include "dist/ballot.h"

#include <string>
#include <vector>

#include "dist/errors.h"
#include "support/catch.h"
#include "support/thrown.h"

namespace sr {
namespace {

using Outcome = Ballot::Outcome;

/// A device of 100 bytes of which `allocated` are in use.
Ballot ballot(Outcome outcome, std::int64_t allocated = 50, std::int64_t requested = 0) {
  Ballot result;
  result.outcome = outcome;
  result.allocated = allocated;
  result.allocated_peak = allocated + 10;
  result.reserved = allocated + 5;
  result.reserved_peak = allocated + 12;
  result.total = 100;
  result.requested = requested;
  result.step = 7;
  result.cursor = 70;
  result.sizes = 0x1234;
  return result;
}

TEST_CASE("The worst outcome counts, whoever has it", "[dist]") {
  struct Row {
    std::vector<Outcome> cast;
    Outcome agreed;
    int rank;
  };
  const std::vector<Row> table = {
      {{Outcome::kFits}, Outcome::kFits, 0},
      {{Outcome::kFits, Outcome::kFits}, Outcome::kFits, 0},
      {{Outcome::kFits, Outcome::kWorkedAround}, Outcome::kWorkedAround, 1},
      {{Outcome::kFits, Outcome::kOutOfMemory, Outcome::kFits}, Outcome::kOutOfMemory, 1},
      {{Outcome::kWorkedAround, Outcome::kLibraryError}, Outcome::kLibraryError, 1},
      {{Outcome::kLibraryError, Outcome::kOutOfMemory}, Outcome::kOutOfMemory, 1},
      {{Outcome::kOutOfMemory, Outcome::kOutOfMemory}, Outcome::kOutOfMemory, 0},
      {{Outcome::kOutOfMemory, Outcome::kFailed, Outcome::kFailed}, Outcome::kFailed, 1},
  };
  for (const Row& row : table) {
    std::vector<Ballot> ballots;
    for (const Outcome outcome : row.cast) {
      ballots.push_back(ballot(outcome));
    }
    const Verdict verdict = agree(ballots);
    CHECK(verdict.outcome == row.agreed);
    CHECK(verdict.rank == row.rank);
  }
}

TEST_CASE("Of ranks out of memory the one that lacks most speaks, with its whole reading",
          "[dist]") {
  std::vector<Ballot> ballots = {ballot(Outcome::kOutOfMemory, 80, 30),
                                 ballot(Outcome::kOutOfMemory, 60, 70),
                                 ballot(Outcome::kOutOfMemory, 90, 40), ballot(Outcome::kFits, 10)};
  ballots[1].between_steps = 21;
  ballots[1].detail = 3;
  ballots[2].external = -5;  // makes both lack as much
  ballots[2].between_steps = 22;
  ballots[2].retries = 4;
  ballots[2].total = 95;
  const Verdict first = agree(std::span(ballots).first(2));
  CHECK(first.rank == 1);
  CHECK(first.requested == 70);
  CHECK(first.between_steps == 21);
  CHECK(first.detail == 3);
  CHECK(first.memory.allocated == 60);
  CHECK(first.memory.total == 100);
  CHECK(first.memory.free == 35);
  ballots[2].external = 10;
  ballots[2].total = 100;
  const Verdict all = agree(ballots);
  CHECK(all.rank == 2);
  CHECK(all.memory.external == 10);
  CHECK(all.memory.retries == 4);
}

TEST_CASE("When it fits everywhere, all go by the tightest device there could be", "[dist]") {
  std::vector<Ballot> ballots = {ballot(Outcome::kFits, 50), ballot(Outcome::kFits, 60)};
  ballots[0].total = 100;
  ballots[0].external = 30;  // leaves 70
  ballots[1].total = 80;
  ballots[1].external = 5;  // leaves 75
  const Verdict verdict = agree(ballots);
  CHECK(verdict.memory.allocated == 60);
  CHECK(verdict.memory.allocated_peak == 70);
  CHECK(verdict.memory.reserved_peak == 72);
  CHECK(verdict.memory.total == 80);
  CHECK(verdict.memory.external == 10);  // leaves 70, the least
}

TEST_CASE("One process goes by its own reading", "[dist]") {
  MemoryReading reading;
  reading.allocated = 40;
  reading.allocated_peak = 44;
  reading.reserved = 48;
  reading.reserved_peak = 49;
  reading.external = 7;
  reading.total = 90;
  reading.retries = 2;
  Ballot own;
  own.set_memory(reading);
  const MemoryReading agreed = agree(std::span(&own, 1)).memory;
  CHECK(agreed.allocated == reading.allocated);
  CHECK(agreed.allocated_peak == reading.allocated_peak);
  CHECK(agreed.reserved == reading.reserved);
  CHECK(agreed.reserved_peak == reading.reserved_peak);
  CHECK(agreed.external == reading.external);
  CHECK(agreed.total == reading.total);
  CHECK(agreed.retries == reading.retries);
}

TEST_CASE("A signal to any rank is a signal to all", "[dist]") {
  std::vector<Ballot> ballots(3, ballot(Outcome::kFits));
  CHECK_FALSE(agree(ballots).stop);
  ballots[2].stop = 130;
  CHECK(agree(ballots).stop == ExitCode::kInterrupted);
  ballots[1].stop = 143;
  CHECK(agree(ballots).stop == ExitCode::kTerminated);
}

TEST_CASE("Ranks that are not at the same place have parted; one that failed may be anywhere",
          "[dist]") {
  std::int64_t Ballot::*const field = GENERATE(&Ballot::step, &Ballot::cursor, &Ballot::sizes);
  std::vector<Ballot> ballots(3, ballot(Outcome::kFits));
  ++(ballots[2].*field);
  CHECK(test::contains(test::message_of<RanksPartedError>([&] { agree(ballots); }),
                       "rank 2 is at step"));
  ballots[2].outcome = Outcome::kFailed;
  ballots[2].detail = 3;
  const Verdict verdict = agree(ballots);
  CHECK(verdict.outcome == Outcome::kFailed);
  CHECK(verdict.rank == 2);
  CHECK(verdict.detail == 3);
}

}  // namespace
}  // namespace sr
