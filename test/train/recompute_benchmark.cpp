// Hidden test: `test_train "[recompute_benchmark]"` prints, of networks with blocks at the size of
// a template, what a step takes above what stays allocated between steps, and its time, with blocks
// computed once and twice, in turns. The environment may say otherwise:
//   SR_BENCH_TYPES  networks, between spaces (default "swinir_m hat_s")
//   SR_BENCH_LQ     side of an LQ crop (default 48), SR_BENCH_BATCH samples (default 1), x2
//   SR_BENCH_ROUNDS steps of each kind (default 3), after one that does not count

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.h"
#include "train/rollback.h"

namespace {

using namespace sr;

std::string setting(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

struct Taken {
  double mib = 0;
  std::vector<double> seconds;
  double median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

void take(test::ToyRun& run, const Batch& batch, bool recompute, Taken& taken) {
  using Clock = std::chrono::steady_clock;
  run.recompute = recompute;
  run.memory->reset_peak();
  const auto start = Clock::now();
  const Attempt& attempt = run.attempt(batch);
  REQUIRE(completed(attempt));
  const MemoryReading memory = std::get<Completed>(attempt).memory;
  run.commit(test::kRates);
  taken.seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  taken.mib = static_cast<double>(memory.allocated_peak - memory.allocated) / (1 << 20);
}

}  // namespace

TEST_CASE("memory and time of blocks computed once and twice", "[.][recompute_benchmark]") {
  const int side = std::stoi(setting("SR_BENCH_LQ", "48"));
  const int batch = std::stoi(setting("SR_BENCH_BATCH", "1"));
  const int rounds = std::stoi(setting("SR_BENCH_ROUNDS", "3"));
  std::istringstream types(setting("SR_BENCH_TYPES", "swinir_m hat_s"));
  for (std::string type; types >> type;) {
    Config config = test::small_config();
    config.network_g = test::network_of(type);
    test::ToyRun run(config);
    const test::HostImages images(batch, side, 1);
    std::array<Taken, 2> taken;
    for (int round = 0; round <= rounds; ++round) {
      for (const bool twice : {false, true}) {
        take(run, images.batch, twice, taken[twice ? 1 : 0]);
        if (round == 0) {
          taken[twice ? 1 : 0].seconds.clear();
        }
      }
    }
    std::printf(
        "%s %dx%d: once %.0f MiB %.2f s, twice %.0f MiB %.2f s: %.2f x memory, %.2f x time\n",
        type.c_str(), side, batch, taken[0].mib, taken[0].median(), taken[1].mib, taken[1].median(),
        taken[1].mib / taken[0].mib, taken[1].median() / taken[0].median());
  }
}
