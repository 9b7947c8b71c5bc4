#include "core/cpu_contention.h"

#include "core/host.h"
#include "support/catch.h"

namespace sr {
namespace {

constexpr std::int64_t kMs = 1'000'000;

/// A thread that is ready for `ready_ms` more and waits for this share of it.
void advance(ThreadTimes& times, CpuContention& contention, std::int64_t ready_ms, double share) {
  const auto waited =
      static_cast<std::int64_t>(share * static_cast<double>(ready_ms) * static_cast<double>(kMs));
  times.waited_ns += waited;
  times.ran_ns += ready_ms * kMs - waited;
  contention.add(times);
}

TEST_CASE("Processors are contended soon and free again late", "[core]") {
  CpuContention contention;
  ThreadTimes times{5000 * kMs, 5000 * kMs};  // what was before the first look does not count
  contention.add(times);
  advance(times, contention, 190, 0.9);
  CHECK_FALSE(contention.contended());
  advance(times, contention, 10, 0.9);
  CHECK(contention.contended());
  CHECK(contention.share() == Approx(0.9));
  advance(times, contention, 1900, 0);
  CHECK(contention.contended());
  advance(times, contention, 100, 0);
  CHECK_FALSE(contention.contended());
}

TEST_CASE("A little waiting neither begins nor ends contention", "[core]") {
  CpuContention contention;
  ThreadTimes times;
  contention.add(times);
  for (int i = 0; i < 50; ++i) {
    advance(times, contention, 100, 0.08);
  }
  CHECK_FALSE(contention.contended());
  advance(times, contention, 200, 0.5);
  for (int i = 0; i < 50; ++i) {
    advance(times, contention, 100, 0.04);
  }
  CHECK(contention.contended());
}

TEST_CASE("A thread's times grow with its work", "[core]") {
  const ThreadTimesReader reader;
  const auto before = reader.read();
  if (!before) {
    SR_SKIP("this kernel keeps no scheduling times");
  }
  volatile std::uint64_t sum = 0;
  auto after = before;
  while (after->ran_ns - before->ran_ns < 20 * kMs) {
    for (int i = 0; i < 1'000'000; ++i) {
      sum = sum + 1;
    }
    after = reader.read();
    REQUIRE(after);
  }
  CHECK(after->waited_ns >= before->waited_ns);
}

}  // namespace
}  // namespace sr
