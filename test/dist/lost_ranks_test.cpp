#include <torch/torch.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "dist/errors.h"
#include "dist/findings.h"
#include "dist/ranks.h"
#include "support/catch.h"
#include "support/thread_ranks.h"
#include "support/thrown.h"

namespace sr {
namespace {

using test::Findings;
using test::run_ranks;

constexpr auto kSoon = std::chrono::seconds(20);

TEST_CASE("A rank that is gone is named by all others, at once", "[dist]") {
  const int lost = GENERATE(0, 1, 2);
  Findings findings;
  const auto started = std::chrono::steady_clock::now();
  run_ranks(3, kSoon, [&](Ranks& ranks) {
    ranks.vote({});
    if (ranks.rank() == lost) {
      return;  // its connections are closed
    }
    const std::string message = test::message_of<RankLostError>([&] {
      ranks.vote({});
      ranks.vote({});
    });
    findings.expect(test::contains(message, "rank " + std::to_string(lost) + " on ") &&
                        test::contains(message, " is lost"),
                    "rank " + std::to_string(ranks.rank()) + " says: " + message);
  });
  CHECK(findings.text() == "");
  CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(10));
}

TEST_CASE("Who hears of a lost rank after the first has ended names the same one", "[dist]") {
  std::vector<std::string> messages(3);
  run_ranks(3, kSoon, [&](Ranks& ranks) {
    ranks.vote({});
    if (ranks.rank() == 1) {
      return;
    }
    if (ranks.rank() == 2) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    messages[static_cast<std::size_t>(ranks.rank())] = test::message_of<RankLostError>([&] {
      ranks.vote({});
      ranks.vote({});
    });
  });
  for (const int rank : {0, 2}) {
    CHECK(test::contains(messages[static_cast<std::size_t>(rank)], "rank 1 on "));
    CHECK_FALSE(test::contains(messages[static_cast<std::size_t>(rank)], "rank 0"));
  }
}

TEST_CASE("A second rank 0 is told that there is one", "[dist]") {
  Findings findings;
  run_ranks(2, kSoon, [&](Ranks& ranks) {
    if (ranks.is_first()) {
      const std::string message =
          test::message_of<ConfigError>([&] { const Ranks second(ranks.roster().place, kSoon); });
      findings.expect(test::contains(message, "another process is rank 0 at "), message);
    }
    ranks.vote_patiently({});
  });
  CHECK(findings.text() == "");
}

TEST_CASE("A rank that does not answer in time is named, but a patient vote waits for it",
          "[dist]") {
  constexpr auto kTimeout = std::chrono::seconds(3);  // in which the ranks have met, too
  Findings findings;
  std::atomic<bool> noticed{false};
  run_ranks(2, kTimeout, [&](Ranks& ranks) {
    if (ranks.rank() == 1) {
      std::this_thread::sleep_for(kTimeout + std::chrono::milliseconds(700));
      ranks.vote_patiently({});
      const auto end = std::chrono::steady_clock::now() + kSoon;
      while (!noticed && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      return;
    }
    findings.expect(ranks.vote_patiently({}).size() == 2, "both ballots");
    const std::string message = test::message_of<RankLostError>([&] { ranks.vote({}); });
    noticed = true;
    findings.expect(test::contains(message, "rank 1 on "), message);
  });
  CHECK(findings.text() == "");
}

TEST_CASE("A rank that does not add up in time is named", "[dist]") {
  constexpr auto kTimeout = std::chrono::seconds(3);  // in which the ranks have met, too
  const int world = GENERATE(2, 3);
  Findings findings;
  std::atomic<int> noticed{0};
  run_ranks(world, kTimeout, [&](Ranks& ranks) {
    at::Tensor vector = torch::zeros({1001});
    ranks.prepare({&vector, 1}, SumOrder::kByRank);
    ranks.vote({});
    if (ranks.rank() == 1) {
      const auto end = std::chrono::steady_clock::now() + kSoon;
      while (noticed < world - 1 && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
      return;
    }
    const std::string message = test::message_of<RankLostError>([&] { ranks.sum(); });
    ++noticed;
    findings.expect(test::contains(message, "rank 1 on "), message);
  });
  CHECK(findings.text() == "");
}

TEST_CASE("The slowest rank and the time of the exchanges are measured", "[dist]") {
  Findings findings;
  run_ranks(2, kSoon, [&](Ranks& ranks) {
    ranks.vote({});
    ranks.take_times();
    ranks.vote({});
    if (ranks.rank() == 1) {
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
    }
    ranks.vote({});
    const ExchangeTimes times = ranks.take_times();
    findings.expect(times.slowest == 1, "who is slowest");
    findings.expect(times.slowest_work_ms >= 60, "how long it worked");
    findings.expect(times.mean_work_ms >= 30 && times.mean_work_ms < times.slowest_work_ms,
                    "the mean of all");
    if (ranks.is_first()) {
      findings.expect(times.vote_ms >= 40, "how long the other waited");
    }
    findings.expect(ranks.take_times().vote_ms == 0, "since the last call");
  });
  CHECK(findings.text() == "");
}

}  // namespace
}  // namespace sr
