#include "train/rank_agreement.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dist/errors.h"
#include "dist/together.h"
#include "dist/toy_ranks.h"
#include "support/catch.h"
#include "support/thread_ranks.h"
#include "support/thrown.h"

namespace sr {
namespace {

using test::CountingStep;
using test::gan_config;
using test::HostImages;
using test::images_of;
using test::kRates;
using test::kRecompute;
using test::kSettled;
using test::kSteps;
using test::Mishap;
using test::plain_config;
using test::run_ranks;
using test::ToyRun;
using test::train_alone;
using test::Trained;

constexpr auto kTimeout = std::chrono::seconds(60);

std::vector<Trained> train_over(int world, const Config& config, const Mishap& mishap = {},
                                SumOrder order = SumOrder::kByRank) {
  std::vector<Trained> results(static_cast<std::size_t>(world));
  run_ranks(world, kTimeout, [&](Ranks& ranks) {
    train_rank(ranks, config, order, mishap, results[static_cast<std::size_t>(ranks.rank())]);
  });
  return results;
}

Attempt refused(Attempt own, TrainStep& step) {
  step.undo(std::get<Completed>(std::move(own)));
  RanOutOfMemory shortage;
  shortage.failure = {1000, "allocator", "refused"};
  shortage.where = "upload";
  shortage.memory.allocated = 500;
  shortage.memory.total = 1200;
  shortage.allocated_between_steps = 400;
  return shortage;
}

TEST_CASE("Ranks end with the bytes of one process that takes their parts one after the other",
          "[dist][train]") {
  const int world = GENERATE(2, 3, 4);
  const Config config = plain_config();
  const Trained alone = train_alone(config, world);
  for (const Trained& rank : train_over(world, config)) {
    CHECK(rank.bytes == alone.bytes);
    CHECK(rank.means == alone.means);
  }
}

TEST_CASE("In the fastest order as well all ranks end with the same bytes", "[dist][train]") {
  const std::vector<Trained> ranks = train_over(4, plain_config(), {}, SumOrder::kFastest);
  for (const Trained& rank : ranks) {
    CHECK(rank.bytes == ranks[0].bytes);
    CHECK(rank.means == ranks[0].means);
  }
}

TEST_CASE("An attempt that one rank could not make is undone on all and leaves no trace",
          "[dist][train]") {
  const Config config = GENERATE(false, true) ? gan_config() : plain_config();
  const std::vector<Trained> smooth = train_over(2, config);
  CHECK(smooth[0].bytes == smooth[1].bytes);
  const auto failing = [](int rank, std::int64_t step, int attempt,
                          const std::function<Attempt()>& make, TrainStep& step_of_rank) {
    return rank == 1 && step == 2 && attempt < 3 ? refused(make(), step_of_rank) : make();
  };
  const std::vector<Trained> bumpy = train_over(2, config, {failing});
  for (const Trained& rank : bumpy) {
    CHECK(rank.failures == 2);
    CHECK(rank.bytes == smooth[0].bytes);
  }
  CHECK(bumpy[0].undone == 2);  // it had fitted there
  CHECK(bumpy[1].undone == 0);
}

TEST_CASE("All ranks go by the reading of the one that ran out of memory", "[dist][train]") {
  std::mutex mutex;
  std::vector<RanOutOfMemory> seen;
  run_ranks(2, kTimeout, [&](Ranks& ranks) {
    ToyRun run(plain_config());
    RankSums sums(ranks, run.networks, *run.step);
    sums.connect(SumOrder::kFastest);
    SharedStop stop([] { return std::nullopt; });
    RankAgreement agreement(ranks, sums, stop, false);
    const HostImages images = images_of(0, ranks.rank(), 2);
    Attempt own = run.step->attempt(images.batch, {{1, 0}, 0, kRecompute, kSettled});
    if (ranks.rank() == 1) {
      own = refused(std::move(own), *run.step);
    }
    Attempt agreed = agreement.agree(std::move(own), {0, 0, images.batch.size, 0, 0, 0}, *run.step);
    const std::lock_guard lock(mutex);
    seen.push_back(std::get<RanOutOfMemory>(agreed));
  });
  REQUIRE(seen.size() == 2);
  for (const RanOutOfMemory& shortage : seen) {
    CHECK(shortage.rank == 1);
    CHECK(shortage.where == "upload");
    CHECK(shortage.failure.requested_bytes == 1000);
    CHECK(shortage.memory.allocated == 500);
    CHECK(shortage.memory.total == 1200);
    CHECK(shortage.allocated_between_steps == 400);
  }
}

TEST_CASE("All ranks know whose refusal was worked around", "[dist][train]") {
  std::mutex mutex;
  std::vector<std::pair<bool, std::optional<int>>> seen;
  const bool anybody = GENERATE(true, false);
  run_ranks(2, kTimeout, [&](Ranks& ranks) {
    ToyRun run(plain_config());
    RankSums sums(ranks, run.networks, *run.step);
    sums.connect(SumOrder::kFastest);
    SharedStop stop([] { return std::nullopt; });
    RankAgreement agreement(ranks, sums, stop, false);
    const HostImages images = images_of(0, ranks.rank(), 2);
    Attempt own = run.step->attempt(images.batch, {{1, 0}, 0, kRecompute, kSettled});
    if (anybody && ranks.rank() == 1) {
      std::get<Completed>(own).worked_around = OutOfMemory{1000, "allocator", "refused"};
    }
    Attempt agreed = agreement.agree(std::move(own), {0, 0, images.batch.size, 0, 0, 0}, *run.step);
    const std::lock_guard lock(mutex);
    const auto& done = std::get<Completed>(agreed);
    seen.emplace_back(done.worked_around.has_value(), done.rank);
  });
  const std::pair wanted{anybody, anybody ? std::optional(1) : std::nullopt};
  CHECK((seen == std::vector{wanted, wanted}));
}

TEST_CASE("A size that a library refuses on one rank is refused on all, with its message",
          "[dist][train]") {
  const Config config = plain_config();
  const std::vector<Trained> smooth = train_over(2, config);
  std::mutex mutex;
  const auto failing = [&](int rank, std::int64_t step, int attempt,
                           const std::function<Attempt()>& make,
                           TrainStep& step_of_rank) -> Attempt {
    Attempt own = make();
    if (rank == 0 && step == 1 && attempt == 1) {
      const std::lock_guard lock(mutex);
      step_of_rank.undo(std::get<Completed>(std::move(own)));
      return LibraryError{"too large to count", {}, 0};
    }
    return own;
  };
  for (const Trained& rank : train_over(2, config, {failing})) {
    CHECK(rank.failures == 1);
    CHECK(rank.bytes == smooth[0].bytes);
  }
}

TEST_CASE("A gradient that is not finite on one rank skips the step on all", "[dist][train]") {
  const auto spoiled = [](int rank, std::int64_t step, int, const std::function<Attempt()>& make,
                          TrainStep& step_of_rank) {
    Attempt own = make();
    if (rank == 1 && step == 1) {
      step_of_rank.sums().front().fill_(std::numeric_limits<float>::infinity());
    }
    return own;
  };
  const std::vector<Trained> spoilt = train_over(2, plain_config(), {spoiled});
  CHECK(spoilt[0].bytes == spoilt[1].bytes);
  CHECK(spoilt[0].bytes != train_over(2, plain_config())[0].bytes);
  CHECK(std::all_of(spoilt[0].bytes.begin(), spoilt[0].bytes.end(),
                    [](float value) { return std::isfinite(value); }));
}

TEST_CASE("A signal to one rank stops all after the same step", "[dist][train]") {
  std::vector<std::int64_t> stopped_after(2, -1);
  std::vector<std::vector<double>> seconds(2);  ///< as each rank was told
  run_ranks(2, kTimeout, [&](Ranks& ranks) {
    ToyRun run(plain_config());
    RankSums sums(ranks, run.networks, *run.step);
    sums.connect(SumOrder::kFastest);
    std::int64_t number = 0;
    SharedStop stop([&]() -> std::optional<StopRequest> {
      return ranks.rank() == 1 && number >= 2
                 ? std::optional(StopRequest{ExitCode::kTerminated, "SIGTERM"})
                 : std::nullopt;
    });
    RankAgreement agreement(ranks, sums, stop, false);
    std::vector<double> told;
    const auto clock = [&](std::int64_t step) {
      return static_cast<double>(10 * step) + 0.25 * ranks.rank();
    };
    for (; number < kSteps && !stop.agreed(); ++number) {
      const HostImages images = images_of(number, ranks.rank(), 2);
      Attempt agreed =
          agreement.agree(run.step->attempt(images.batch, {{1, 0}, number, kRecompute, kSettled}),
                          {number, 0, images.batch.size, 0, false, clock(number)}, *run.step);
      told.push_back(agreement.common_seconds(clock(number)));
      run.step->commit(std::get<Completed>(std::move(agreed)), kRates);
    }
    stopped_after[static_cast<std::size_t>(ranks.rank())] = number;
    seconds[static_cast<std::size_t>(ranks.rank())] = told;
  });
  CHECK(stopped_after == std::vector<std::int64_t>{3, 3});
  CHECK(seconds[0] == std::vector<double>{0, 10, 20});  // the first rank's clock
  CHECK(seconds[1] == seconds[0]);
}

TEST_CASE("A rank that fails ends the others where they are, their attempt given back",
          "[dist][train]") {
  std::string message;
  int undone = 0;
  run_ranks(2, kTimeout, [&](Ranks& ranks) {
    ToyRun run(plain_config());
    RankSums sums(ranks, run.networks, *run.step);
    sums.connect(SumOrder::kFastest);
    if (ranks.rank() == 1) {
      test::message_of<SharedError>(
          [&] { end_together(ranks, ExitCode::kData, "a.png cannot be decoded"); });
      return;
    }
    SharedStop stop([] { return std::nullopt; });
    RankAgreement agreement(ranks, sums, stop, false);
    CountingStep step(*run.step, undone);
    const HostImages images = images_of(0, 0, 2);
    message = test::message_of<SharedError>([&] {
      agreement.agree(step.attempt(images.batch, {{1, 0}, 0, kRecompute, kSettled}),
                      {0, 0, images.batch.size, 0, 0, 0}, step);
    });
  });
  CHECK(test::contains(message, "rank 1 on "));
  CHECK(test::contains(message, ": a.png cannot be decoded"));
  CHECK(undone == 1);
}

TEST_CASE("An attempt that the ranks do not agree on has never been", "[dist][train]") {
  std::vector<float> before;
  std::vector<std::vector<float>> after;
  int undone = 0;
  bool intact = false, intact_on_cuda = true;
  run_ranks(2, kTimeout, [&](Ranks& ranks) {
    at::set_num_threads(1);
    ToyRun run(gan_config());
    RankSums sums(ranks, run.networks, *run.step);
    sums.connect(SumOrder::kByRank);
    if (ranks.rank() == 1) {
      const Ballot other = ranks.vote({})[0];  // the ranks have parted
      ranks.vote(other);                       // and is gone before the sum
      return;
    }
    SharedStop stop([] { return std::nullopt; });
    const HostImages images = images_of(0, 0, 2);
    run.attempt(images.batch);
    run.commit(kRates);
    before = run.snapshot();
    CountingStep step(*run.step, undone);
    const auto try_step = [&](RankAgreement& agreement) {
      agreement.agree(step.attempt(images.batch, {{1, 0}, 1, kRecompute, kSettled}),
                      {1, 0, images.batch.size, 0, 0, 0}, step);
    };
    RankAgreement agreement(ranks, sums, stop, false);
    test::message_of<RanksPartedError>([&] { try_step(agreement); });
    after.push_back(run.snapshot());
    test::message_of<RankLostError>([&] { try_step(agreement); });
    after.push_back(run.snapshot());
    test::message_of<RankLostError>([&] { try_step(agreement); });  // in the vote
    after.push_back(run.snapshot());
    intact = agreement.state_is_intact();
    RankAgreement on_cuda(ranks, sums, stop, true);
    test::message_of<RankLostError>([&] { try_step(on_cuda); });
    intact_on_cuda = on_cuda.state_is_intact();
  });
  CHECK(after == std::vector(3, before));
  CHECK(intact);
  CHECK_FALSE(intact_on_cuda);
  CHECK(undone == 3);  // where queued work may wait for who is lost nothing is
}

TEST_CASE("Ranks at different sizes have parted", "[dist][train]") {
  std::vector<std::string> messages(2);
  run_ranks(2, kTimeout, [&](Ranks& ranks) {
    ToyRun run(plain_config());
    RankSums sums(ranks, run.networks, *run.step);
    sums.connect(SumOrder::kFastest);
    SharedStop stop([] { return std::nullopt; });
    RankAgreement agreement(ranks, sums, stop, false);
    const HostImages images = images_of(0, ranks.rank(), 2);
    messages[static_cast<std::size_t>(ranks.rank())] = test::message_of<RanksPartedError>([&] {
      agreement.agree(run.step->attempt(images.batch, {{1, 0}, 0, kRecompute, kSettled}),
                      {0, 0, {8 + ranks.rank(), 2}, 0, 0, 0}, *run.step);
    });
  });
  CHECK(test::contains(messages[0], "the ranks have parted"));
  CHECK(messages[0] == messages[1]);
}

}  // namespace
}  // namespace sr
