#pragma once

// What a failing attempt must leave behind: nothing. Include after the LibTorch headers.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
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
  REQUIRE(completed(run.attempt(batch, cut, step)));
  run.commit(kRates);
}

/// Fails each allocation of a second step in turn: the state must be that after the first step to
/// the bit, no memory may be kept, and what follows must be as if nothing had happened. Of steps
/// with thousands of allocations about `tries` are failed, evenly spread.
inline void check_rollback_at_every_allocation(const Config& config, CpuAllocator::Failing failing,
                                               std::uint64_t tries = 20000, int samples = 4) {
  const int channels = channels_of(config.network_g);
  const HostImages first(samples, 12, 0, channels, config.scale);
  const HostImages second(samples, 12, 10, channels, config.scale);
  ToyRun clean(config);
  take_step(clean, first.batch);
  const std::uint64_t first_of_second = cpu_allocator().counters().allocations;
  take_step(clean, second.batch, {}, 1);
  const std::uint64_t count = cpu_allocator().counters().allocations - first_of_second;
  const std::uint64_t every = std::max<std::uint64_t>(1, count / tries);

  ToyRun run(config);
  take_step(run, first.batch);
  const auto before = run.snapshot();
  const auto baseline = cpu_allocator().counters().allocated;
  std::uint64_t failures = 0;
  for (std::uint64_t nth = 1; nth < 2 * count; nth += every) {
    const auto refusals = cpu_allocator().counters().refusals;
    cpu_allocator().fail_at(nth, failing);
    const Attempt& attempt = run.attempt(second.batch, {}, 1);
    const bool reached = cpu_allocator().counters().refusals > refusals;
    cpu_allocator().stop_failing();
    if (!reached) {
      CHECK(completed(attempt));
      break;
    }
    ++failures;
    INFO("allocation " << nth);
    REQUIRE_FALSE(completed(attempt));
    REQUIRE(same_bits(run.snapshot(), before));
    REQUIRE(cpu_allocator().counters().allocated == baseline);
  }
  CHECK(failures >= std::min<std::uint64_t>(tries, 21));
  run.commit(kRates);
  CHECK(same_bits(run.snapshot(), clean.snapshot()));
}

/// Where attempts failed, and how often.
struct Failures {
  int count = 0;
  std::set<std::string> where;
};

/// The second step of a run under one limit after the other, from what is held between steps to all
/// that a step needs: memory really runs out, ever later in the step. What holds is that of
/// check_rollback_at_every_allocation(), on any device.
inline Failures check_rollback_under_limits(const Config& config, at::Device device,
                                            TrainingSize size) {
  const HostImages first(size.batch_size, size.lq_size, 0);
  const HostImages second(size.batch_size, size.lq_size, 10);
  ToyRun run(config, device);
  take_step(run, first.batch);  // workspaces that libraries keep are there from now on
  run.memory->synchronize();
  run.memory->empty_cache();  // what the first step kept would count as needed by the next
  run.memory->reset_peak();
  take_step(run, first.batch, {}, 1);
  const std::int64_t peak = run.memory->read().reserved_peak;
  const auto before = run.snapshot();
  const std::int64_t between_steps = run.memory->read().allocated;
  run.memory->empty_cache();  // what is kept would be room for the step
  run.memory->set_limit(1);
  REQUIRE_FALSE(completed(run.attempt(second.batch, {}, 2)));
  run.memory->set_limit(std::nullopt);
  const MemoryReading baseline = run.memory->read();  // without the batch that was uploaded last
  REQUIRE(baseline.allocated <= between_steps);
  REQUIRE(same_bits(run.snapshot(), before));
  Failures failures;
  for (int percent = 0;; percent += 5) {
    INFO(percent << " % of what a step needs");
    REQUIRE(percent <= 200);
    run.memory->set_limit(baseline.reserved + (peak - baseline.reserved) * percent / 100);
    const Attempt& attempt = run.attempt(second.batch, {}, 2);
    run.memory->set_limit(std::nullopt);
    if (completed(attempt)) {
      break;
    }
    ++failures.count;
    failures.where.insert(std::get<RanOutOfMemory>(attempt).where);
    REQUIRE(same_bits(run.snapshot(), before));
    REQUIRE(run.memory->read().allocated == baseline.allocated);
  }
  run.commit(kRates);

  ToyRun clean(config, device);
  take_step(clean, first.batch);
  take_step(clean, first.batch, {}, 1);
  take_step(clean, second.batch, {}, 2);
  CHECK(same_bits(run.snapshot(), clean.snapshot()));
  return failures;
}

}  // namespace sr::test
