#include "train/rank_agreement.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "dist/errors.h"
#include "dist/together.h"

namespace sr {
namespace {

using Outcome = Ballot::Outcome;

constexpr double kMicroseconds = 1e6;  ///< in a second

enum Where : std::int64_t { kTrain = 0, kUpload = 1 };  ///< Ballot::detail of an attempt

/// Equal where the sizes are.
std::int64_t sizes_of(const StepPlace& place) {
  constexpr int kBatchBits = 20, kMicroBits = 20, kRecomputeBit = 62;
  return (std::int64_t{place.recompute} << kRecomputeBit) ^
         (std::int64_t{place.size.lq_size} << (kBatchBits + kMicroBits)) ^
         (std::int64_t{place.size.batch_size} << kMicroBits) ^ place.micro_batch;
}

/// All readings of a verdict; what is known of this device alone stays.
MemoryReading agreed_memory(const Verdict& verdict, const MemoryReading& own) {
  MemoryReading memory = verdict.memory;
  memory.device_total = own.device_total;
  memory.refusals = own.refusals;
  return memory;
}

MemoryReading memory_of(const Attempt& attempt) {
  return std::visit([](const auto& outcome) { return outcome.memory; }, attempt);
}

/// An attempt that came to its end is undone, once.
void give_back(Attempt& own, Step& step) {
  if (auto* done = std::get_if<Completed>(&own)) {
    step.undo(std::move(*done));
    own = RanOutOfMemory{};
  }
}

}  // namespace

RankAgreement::RankAgreement(Ranks& ranks, RankSums& sums, SharedStop& stop, bool cuda)
    : ranks_(ranks), sums_(sums), stop_(stop), cuda_(cuda) {}

Ballot RankAgreement::ballot_of(const Attempt& own, const StepPlace& place) const {
  Ballot ballot;
  ballot.set_memory(memory_of(own));
  if (const auto* done = std::get_if<Completed>(&own)) {
    ballot.outcome = done->worked_around ? Outcome::kWorkedAround : Outcome::kFits;
    ballot.requested = done->worked_around ? done->worked_around->requested_bytes : 0;
  } else if (const auto* shortage = std::get_if<RanOutOfMemory>(&own)) {
    ballot.outcome = Outcome::kOutOfMemory;
    ballot.detail = shortage->where == "upload" ? kUpload : kTrain;
    ballot.requested = shortage->failure.requested_bytes;
    ballot.between_steps = shortage->allocated_between_steps;
  } else {
    ballot.outcome = Outcome::kLibraryError;
    ballot.between_steps = std::get<LibraryError>(own).allocated_between_steps;
  }
  ballot.stop = stop_.own_code();
  ballot.step = place.step;
  ballot.cursor = static_cast<std::int64_t>(place.cursor);
  ballot.sizes = sizes_of(place);
  ballot.clock_us = std::llround(place.seconds * kMicroseconds);
  return ballot;
}

Attempt RankAgreement::agree(Attempt own, const StepPlace& place, Step& step) {
  try {
    return act_on(own, place, step);
  } catch (const RankLostError&) {
    intact_ = !cuda_;
    if (intact_) {  // else undoing would wait for work that waits for who is lost
      give_back(own, step);
    }
    throw;
  } catch (...) {
    give_back(own, step);
    throw;
  }
}

Attempt RankAgreement::act_on(Attempt& own, const StepPlace& place, Step& step) {
  const Verdict verdict = sr::agree(ranks_.vote(ballot_of(own, place)));
  if (verdict.outcome == Outcome::kFailed) {
    leave(ranks_, verdict);
  }
  stop_.agree(verdict.stop);
  seconds_ = static_cast<double>(verdict.clock_us) / kMicroseconds;
  const bool all_done =
      verdict.outcome == Outcome::kFits || verdict.outcome == Outcome::kWorkedAround;
  return all_done ? join(own, verdict) : fail(own, verdict, step);
}

/// It went well here and not there, or worse there: all have the outcome of that rank.
Attempt RankAgreement::fail(Attempt& own, const Verdict& verdict, Step& step) {
  const MemoryReading memory = agreed_memory(verdict, memory_of(own));
  give_back(own, step);
  if (verdict.outcome == Outcome::kLibraryError) {
    const auto* error = std::get_if<LibraryError>(&own);
    const std::string message = ranks_.from(verdict.rank, error != nullptr ? error->message : "");
    return LibraryError{ranks_.roster().name_of(verdict.rank) + ": " + message, memory,
                        verdict.between_steps};
  }
  RanOutOfMemory shortage;
  shortage.failure = {verdict.requested, "rank", "on " + ranks_.roster().name_of(verdict.rank)};
  shortage.where = verdict.detail == kUpload ? "upload" : "train";
  shortage.memory = memory;
  shortage.allocated_between_steps = verdict.between_steps;
  shortage.rank = verdict.rank;
  return shortage;
}

Attempt RankAgreement::join(Attempt& own, const Verdict& verdict) {
  auto& done = std::get<Completed>(own);
  done.memory = agreed_memory(verdict, done.memory);
  done.worked_around.reset();
  if (verdict.outcome == Outcome::kWorkedAround) {
    done.worked_around =
        OutOfMemory{verdict.requested, "rank", "on " + ranks_.roster().name_of(verdict.rank)};
    done.rank = verdict.rank;
  }
  sums_.run();
  return std::move(own);
}

std::optional<RanksProgress> RankAgreement::take_progress(std::int64_t steps, double step_ms) {
  const ExchangeTimes times = ranks_.take_times();
  const double count = static_cast<double>(std::max<std::int64_t>(1, steps));
  RanksProgress mean;
  mean.slowest = times.slowest;
  mean.slowest_host = ranks_.roster().hosts.at(static_cast<std::size_t>(times.slowest));
  mean.slowest_work_ms = times.slowest_work_ms / count;
  mean.mean_work_ms = times.mean_work_ms / count;
  mean.exchange_share = step_ms > 0 ? (times.vote_ms + times.sum_ms) / (step_ms * count) : 0;
  return mean;
}

}  // namespace sr
