#pragma once

// What a failing attempt must leave behind: nothing. Include after the LibTorch headers.

#include <cstdint>
#include <cstring>
#include <vector>

#include "device/cpu_allocator.h"
#include "support/catch.h"
#include "train/toy_run.h"

namespace sr::test {

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

inline constexpr LearningRates kRates{1e-3, 2e-3};

/// Attempts and commits one step that must succeed.
inline void take_step(ToyRun& run, const Batch& batch, StepCut cut = {}, std::int64_t step = 0) {
  REQUIRE(run.step->attempt(batch, cut, step).can_commit());
  run.step->commit(kRates);
}

/// Fails each allocation of a second step in turn: the state must be that after the first step to
/// the bit, no memory may be kept, and what follows must be as if nothing had happened.
inline void check_rollback_at_every_allocation(const Config& config,
                                               CpuAllocator::Failing failing) {
  ToyRun run(config);
  const HostImages first(4, 12, 0);
  const HostImages second(4, 12, 10);
  take_step(run, first.batch);
  const auto before = run.snapshot();
  const auto baseline = cpu_allocator().counters().allocated;
  int failures = 0;
  for (std::uint64_t nth = 1; nth < 20000; ++nth) {
    const auto refusals = cpu_allocator().counters().refusals;
    cpu_allocator().fail_at(nth, failing);
    const Attempt attempt = run.step->attempt(second.batch, {}, 1);
    const bool reached = cpu_allocator().counters().refusals > refusals;
    cpu_allocator().stop_failing();
    if (!reached) {
      CHECK(attempt.can_commit());
      break;
    }
    ++failures;
    INFO("allocation " << nth);
    REQUIRE_FALSE(attempt.can_commit());
    REQUIRE(same_bits(run.snapshot(), before));
    REQUIRE(cpu_allocator().counters().allocated == baseline);
  }
  CHECK(failures > 20);
  run.step->commit(kRates);

  ToyRun clean(config);
  take_step(clean, first.batch);
  take_step(clean, second.batch, {}, 1);
  CHECK(same_bits(run.snapshot(), clean.snapshot()));
}

}  // namespace sr::test
