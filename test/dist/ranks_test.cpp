#include "dist/ranks.h"

#include <torch/torch.h>

#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "device/cpu_allocator.h"
#include "device/memory.h"
#include "dist/errors.h"
#include "dist/findings.h"
#include "dist/together.h"
#include "support/catch.h"
#include "support/thread_ranks.h"
#include "support/thrown.h"

namespace sr {
namespace {

using test::Findings;
using test::run_ranks;

constexpr auto kSoon = std::chrono::seconds(20);

/// Values of rank `rank` whose sum depends on the order of the additions.
at::Tensor values_of(int rank, std::int64_t length) {
  const at::Tensor index = torch::arange(length, torch::kFloat32);
  return torch::sin(index * 0.37 + rank * 1.7) * std::pow(37.0, rank % 3);
}

TEST_CASE("One process is alone and every exchange returns what it was given", "[dist]") {
  Ranks ranks;
  CHECK(ranks.alone());
  CHECK(ranks.world() == 1);
  Ballot own;
  own.step = 5;
  CHECK(ranks.vote(own).front().step == 5);
  at::Tensor vector = torch::ones({3});
  ranks.prepare({&vector, 1}, SumOrder::kByRank);
  ranks.sum();
  CHECK(vector.sum().item<float>() == 3);
  CHECK(ranks.from(0, "text") == "text");
  CHECK(test::message_of<DataError>([&] {
          together(ranks, [] { throw DataError("as it was thrown"); });
        }) == "as it was thrown");
}

TEST_CASE("All ranks see all ballots in the order of ranks", "[dist]") {
  const int world = GENERATE(2, 3, 5);
  Findings findings;
  run_ranks(world, kSoon, [&](Ranks& ranks) {
    for (std::int64_t step = 0; step < 3; ++step) {
      Ballot mine;
      mine.step = step;
      mine.allocated = 100 + ranks.rank();
      mine.outcome = ranks.rank() == 1 ? Ballot::Outcome::kOutOfMemory : Ballot::Outcome::kFits;
      const auto ballots = ranks.vote(mine);
      findings.expect(ballots.size() == static_cast<std::size_t>(world), "one ballot a rank");
      for (std::size_t rank = 0; rank < ballots.size(); ++rank) {
        findings.expect(ballots[rank].allocated == 100 + static_cast<std::int64_t>(rank) &&
                            ballots[rank].step == step,
                        "the ballot of each rank");
      }
      findings.expect(agree(ballots).rank == 1, "what they conclude");
    }
    findings.expect(ranks.roster().distinct_hosts().size() == 1, "one host");
    findings.expect(ranks.roster().name_of(1).starts_with("rank 1 on "), "a rank's name");
  });
  CHECK(findings.text() == "");
}

TEST_CASE("An ordered sum has the bits of one process that adds rank after rank", "[dist]") {
  const int world = GENERATE(2, 3, 4, 5);
  Findings findings;
  run_ranks(world, kSoon, [&](Ranks& ranks) {
    std::vector<at::Tensor> vectors;
    for (const std::int64_t length : {1, 7, 64, 1001}) {
      vectors.push_back(torch::zeros({length}));
    }
    ranks.prepare(vectors, SumOrder::kByRank);
    for (const at::Tensor& vector : vectors) {
      vector.copy_(values_of(ranks.rank(), vector.numel()));
    }
    ranks.sum();
    for (const at::Tensor& vector : vectors) {
      at::Tensor expected = values_of(0, vector.numel());
      for (int rank = 1; rank < world; ++rank) {
        expected.add_(values_of(rank, vector.numel()));
      }
      findings.expect(torch::equal(vector, expected),
                      "a vector of " + std::to_string(vector.numel()));
    }
  });
  CHECK(findings.text() == "");
}

TEST_CASE("A sum from a later vector on leaves those before it", "[dist]") {
  const int world = GENERATE(2, 3);
  const SumOrder order = GENERATE(SumOrder::kByRank, SumOrder::kFastest);
  Findings findings;
  run_ranks(world, kSoon, [&](Ranks& ranks) {
    std::vector<at::Tensor> vectors{torch::zeros({5}), torch::zeros({70}), torch::zeros({3})};
    ranks.prepare(vectors, order);
    for (const std::size_t first : {2, 0, 1, 0}) {
      for (const at::Tensor& vector : vectors) {
        vector.fill_(1 + ranks.rank());
      }
      ranks.sum(first);
      const int whole = world * (world + 1) / 2;
      for (std::size_t i = 0; i < vectors.size(); ++i) {
        const float expected = static_cast<float>(i < first ? 1 + ranks.rank() : whole);
        findings.expect(torch::all(vectors[i] == expected).item<bool>(),
                        "vector " + std::to_string(i) + " from " + std::to_string(first));
      }
    }
  });
  CHECK(findings.text() == "");
}

TEST_CASE("A rank that is ahead overwrites nothing that another has not read", "[dist]") {
  const int world = GENERATE(2, 4);
  constexpr int kRounds = 40;
  Findings findings;
  run_ranks(world, kSoon, [&](Ranks& ranks) {
    at::Tensor vector = torch::zeros({100'000});
    ranks.prepare({&vector, 1}, SumOrder::kByRank);
    for (int round = 1; round <= kRounds; ++round) {
      if (round % world == ranks.rank()) {  // in turns the last one
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
      }
      Ballot mine;
      mine.step = round;
      for (const Ballot& ballot : ranks.vote(mine)) {
        findings.expect(ballot.step == round, "a ballot of its round");
      }
      if (round % 3 == 0) {
        continue;
      }
      vector.fill_(round);
      ranks.sum();
      findings.expect(torch::all(vector == round * world).item<bool>(), "a sum of its round");
    }
  });
  CHECK(findings.text() == "");
}

TEST_CASE("A sum in the fastest order gives all ranks the same bits", "[dist]") {
  constexpr int kWorld = 3;
  std::vector<at::Tensor> results(kWorld);
  run_ranks(kWorld, kSoon, [&](Ranks& ranks) {
    std::vector<at::Tensor> vectors{torch::zeros({1001})};
    ranks.prepare(vectors, SumOrder::kFastest);
    vectors[0].copy_(values_of(ranks.rank(), 1001));
    ranks.sum();
    results[static_cast<std::size_t>(ranks.rank())] = vectors[0];
  });
  at::Tensor exact = torch::zeros({1001}, torch::kFloat64);
  for (int rank = 0; rank < kWorld; ++rank) {
    CHECK(torch::equal(results[static_cast<std::size_t>(rank)], results[0]));
    exact.add_(values_of(rank, 1001).to(torch::kFloat64));
  }
  CHECK(torch::allclose(results[0].to(torch::kFloat64), exact, 1e-5, 1e-2));
}

TEST_CASE("A rank's value that is not finite is in the sum of all", "[dist]") {
  Findings findings;
  const SumOrder order = GENERATE(SumOrder::kByRank, SumOrder::kFastest);
  run_ranks(2, kSoon, [&](Ranks& ranks) {
    at::Tensor vector = torch::zeros({5});
    ranks.prepare({&vector, 1}, order);
    vector[3] = ranks.rank() == 1 ? std::numeric_limits<float>::infinity() : 1.0F;
    ranks.sum();
    findings.expect(!vector.isfinite().all().item<bool>(), "an infinite element");
    findings.expect(vector.isfinite().sum().item<std::int64_t>() == 4, "the finite ones");
  });
  CHECK(findings.text() == "");
}

TEST_CASE("Votes and sums allocate no tensor, and work when there is no memory at all", "[dist]") {
  install_cpu_allocator();
  const SumOrder order = GENERATE(SumOrder::kByRank, SumOrder::kFastest);
  Findings findings;
  run_ranks(2, kSoon, [&](Ranks& ranks) {
    std::vector<at::Tensor> vectors{torch::zeros({1001}), torch::zeros({3})};
    ranks.prepare(vectors, order);
    vectors[0].fill_(1);
    ranks.vote({});
    ranks.vote({});  // both are past their own allocations
    const std::uint64_t before = cpu_allocator().counters().allocations;
    if (ranks.is_first()) {
      cpu_allocator().fail_at(1, CpuAllocator::Failing::kFromThere);
    }
    ranks.vote({});
    ranks.sum();
    ranks.vote({});
    const std::uint64_t after = cpu_allocator().counters().allocations;
    cpu_allocator().stop_failing();
    findings.expect(after == before, "no allocation");
    ranks.vote({});
    findings.expect(vectors[0].sum().item<float>() == 2002, "the sum");
  });
  CHECK(findings.text() == "");
}

TEST_CASE("Rank 0's tensors and texts reach the others", "[dist]") {
  Findings findings;
  run_ranks(3, kSoon, [&](Ranks& ranks) {
    const float own = static_cast<float>(ranks.rank());
    std::vector<at::Tensor> tensors{
        torch::full({2, 3, 4, 4}, own).contiguous(at::MemoryFormat::ChannelsLast),
        torch::full({}, own, torch::kFloat64), torch::empty({0}),
        torch::full({5}, own > 0, torch::kBool)};
    tensors[0][0][1][0][0] = own + 10;
    ranks.broadcast(tensors);
    findings.expect(tensors[0].sum().item<float>() == 10, "strided floats");
    findings.expect(tensors[1].item<double>() == 0, "a scalar");
    findings.expect(!tensors[3].any().item<bool>(), "truth values");
    findings.expect(ranks.from(0, ranks.is_first() ? "a: 1\n" : "own").starts_with("a: 1"),
                    "a text");
    findings.expect(ranks.from(2, std::to_string(ranks.rank())) == "2", "another rank's text");
    findings.expect(ranks.from(0, "").empty(), "no text");
    std::vector<double> values(4, 0.0);
    values[static_cast<std::size_t>(ranks.rank())] = 0.1 * (ranks.rank() + 1);
    ranks.add_up(values);
    findings.expect(values == std::vector<double>{0.1, 0.1 * 2, 0.1 * 3, 0.0}, "numbers");
  });
  CHECK(findings.text() == "");
}

TEST_CASE("An error of one rank ends all with its message and its exit code", "[dist]") {
  std::vector<std::string> messages(3);
  std::vector<int> codes(3);
  run_ranks(3, kSoon, [&](Ranks& ranks) {
    together(ranks, [] {});
    try {
      together(ranks, [&] {
        if (ranks.rank() == 1) {
          throw DataError("a.png cannot be read");
        }
      });
    } catch (const SharedError& error) {
      messages[static_cast<std::size_t>(ranks.rank())] = error.what();
      codes[static_cast<std::size_t>(ranks.rank())] = static_cast<int>(error.exit_code());
    }
  });
  CHECK(codes == std::vector<int>(3, static_cast<int>(ExitCode::kData)));
  CHECK(test::contains(messages[0], "rank 1 on "));
  CHECK(test::contains(messages[0], ": a.png cannot be read"));
  CHECK(messages[1] == messages[0]);
  CHECK(messages[2] == messages[0]);
}

TEST_CASE("An error that all have is told as rank 0's", "[dist]") {
  std::vector<std::string> messages(2);
  run_ranks(2, kSoon, [&](Ranks& ranks) {
    messages[static_cast<std::size_t>(ranks.rank())] = test::message_of<SharedError>(
        [&] { together(ranks, [] { throw ConfigError("scale: 5 is none of ..."); }); });
  });
  CHECK(messages == std::vector<std::string>(2, "scale: 5 is none of ..."));
}

TEST_CASE("What all ranks know already is told as it is, whatever else has begun", "[dist]") {
  std::vector<std::string> messages(2);
  run_ranks(2, kSoon, [&](Ranks& ranks) {
    messages[static_cast<std::size_t>(ranks.rank())] = test::message_of<SharedError>([&] {
      together(ranks, [&] {
        together(ranks, [&] {
          if (ranks.rank() == 1) {
            throw StorageError("the disk is full");
          }
        });
      });
    });
  });
  CHECK(messages[0].starts_with("rank 1 on "));
  CHECK(messages[0].find("rank 1 on ", 1) == std::string::npos);
  CHECK(messages[1] == messages[0]);
}

TEST_CASE("A rank that is done waits for one that fails later", "[dist]") {
  std::vector<std::string> messages(2);
  run_ranks(2, kSoon, [&](Ranks& ranks) {
    messages[static_cast<std::size_t>(ranks.rank())] = test::message_of<SharedError>([&] {
      together(ranks, [&] {
        if (ranks.rank() == 1) {
          std::this_thread::sleep_for(std::chrono::milliseconds(200));
          throw std::runtime_error("nobody has thought of this");
        }
      });
    });
  });
  CHECK(test::contains(messages[0], ": unexpected error: nobody has thought of this"));
  CHECK(messages[1] == messages[0]);
}

TEST_CASE("A rank that gives up between two steps is heard in the next vote", "[dist]") {
  Findings findings;
  run_ranks(3, kSoon, [&](Ranks& ranks) {
    if (ranks.rank() == 2) {
      findings.expect(test::contains(test::message_of<SharedError>([&] {
                                       end_together(ranks, ExitCode::kStorage, "the disk is full");
                                     }),
                                     ": the disk is full"),
                      "its own message");
      return;
    }
    Ballot mine;
    mine.step = 12;
    const Verdict verdict = agree(ranks.vote(mine));
    findings.expect(verdict.outcome == Ballot::Outcome::kFailed && verdict.rank == 2,
                    "the verdict");
    try {
      leave(ranks, verdict);
    } catch (const SharedError& error) {
      findings.expect(error.exit_code() == ExitCode::kStorage, "the exit code");
      findings.expect(test::contains(error.what(), "rank 2 on ") &&
                          test::contains(error.what(), ": the disk is full"),
                      "the message");
    }
  });
  CHECK(findings.text() == "");
}

TEST_CASE("Ranks that are not in the same phase have parted, which is found at once", "[dist]") {
  Findings findings;
  run_ranks(2, kSoon, [&](Ranks& ranks) {
    const std::string message = test::message_of<RanksPartedError>([&] {
      if (ranks.is_first()) {
        together(ranks, [] {});
      } else {
        agree(ranks.vote({}));
      }
    });
    findings.expect(test::contains(message, "the ranks have parted"), "the message");
  });
  CHECK(findings.text() == "");
}

}  // namespace
}  // namespace sr
