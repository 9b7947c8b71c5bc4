#include <torch/torch.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/checksum.h"
#include "device/cpu_allocator.h"
#include "dist/toy_ranks.h"
#include "support/catch.h"
#include "support/process_ranks.h"

namespace sr {
namespace {

using test::ProcessRanks;

constexpr std::int64_t kSweptStep = 2;

/// Rank 1's attempts at one step: in the first its first allocation is refused, in the second its
/// second one, until an attempt gets what it asks for. Refusals last until all have agreed, so that
/// vote and sum go through without an allocation.
class Sweep {
 public:
  explicit Sweep(CpuAllocator::Failing failing) : failing_(failing) {}

  test::Mishap mishap() {
    test::Mishap mishap;
    mishap.attempt = [this](int rank, std::int64_t step, int attempt,
                            const std::function<Attempt()>& make, TrainStep&) {
      if (rank != 1 || step != kSweptStep) {
        return make();
      }
      const std::uint64_t before = cpu_allocator().counters().refusals;
      cpu_allocator().fail_at(static_cast<std::uint64_t>(attempt), failing_);
      Attempt own = make();
      refused_ += cpu_allocator().counters().refusals > before ? 1 : 0;
      return own;
    };
    mishap.agreed = [] { cpu_allocator().stop_failing(); };
    return mishap;
  }
  int refused() const { return refused_; }

 private:
  CpuAllocator::Failing failing_;
  int refused_ = 0;  ///< attempts
};

struct Outcome {
  std::string bytes;  ///< their checksum
  int failures = 0, undone = 0, refused = 0;
};

TEST_CASE("rank of a sweep of refusals", "[.rank]") {
  const Config config = ProcessRanks::setting("SR_TEST_NETWORKS") == "gan" ? test::gan_config()
                                                                           : test::plain_config();
  const std::string failing = ProcessRanks::setting("SR_TEST_REFUSED");
  Sweep sweep(failing == "once" ? CpuAllocator::Failing::kOnce : CpuAllocator::Failing::kFromThere);
  Ranks ranks(ProcessRanks::own_place(), std::chrono::seconds(30));
  test::Trained trained;
  train_rank(ranks, config, SumOrder::kByRank, failing == "never" ? test::Mishap{} : sweep.mishap(),
             trained);
  std::ostringstream result;
  result << checksum_text(checksum(std::as_bytes(std::span(trained.bytes)))) << " "
         << trained.failures << " " << trained.undone << " " << sweep.refused();
  ProcessRanks::hand_in(result.str());
}

std::array<Outcome, 2> train(const std::string& networks, const std::string& refused) {
  ProcessRanks processes(2, "rank of a sweep of refusals",
                         {{"SR_TEST_NETWORKS", networks}, {"SR_TEST_REFUSED", refused}});
  std::array<Outcome, 2> outcomes;
  const std::vector<std::string> results = processes.results(std::chrono::minutes(10));
  for (std::size_t rank = 0; rank < outcomes.size(); ++rank) {
    Outcome& outcome = outcomes[rank];
    std::istringstream(results[rank]) >> outcome.bytes >> outcome.failures >> outcome.undone >>
        outcome.refused;
  }
  return outcomes;
}

void check_sweep(const std::string& networks, const std::string& refused) {
  const auto smooth = train(networks, "never");
  CHECK(smooth[0].bytes == smooth[1].bytes);
  CHECK(smooth[0].failures == 0);
  const auto bumpy = train(networks, refused);
  const int refusals = bumpy[1].refused;
  INFO(refusals << " allocations");
  CHECK(refusals > 100);
  CHECK(bumpy[0].undone == refusals);  // each had fitted there
  CHECK(bumpy[1].undone == 0);
  for (const Outcome& rank : bumpy) {
    CHECK(rank.failures == refusals);
    CHECK(rank.bytes == smooth[0].bytes);
  }
}

TEST_CASE("Each allocation of one rank's step is refused and leaves no trace on all",
          "[dist][train][refusals]") {
  check_sweep("plain", "once");
}

TEST_CASE("All memory from each allocation on is refused until the vote and leaves no trace",
          "[dist][train][refusals]") {
  check_sweep("plain", "from there");
}

TEST_CASE("Each allocation of one rank's step of a GAN is refused and leaves no trace on all",
          "[dist][train][refusals]") {
  check_sweep("gan", "once");
}

TEST_CASE("All memory from each allocation of a GAN on is refused until the vote, without a trace",
          "[dist][train][refusals]") {
  check_sweep("gan", "from there");
}

}  // namespace
}  // namespace sr
