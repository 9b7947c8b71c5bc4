// Hidden test: `test_train "[loader_benchmark]"` prints the patches that the loader makes per
// second of processor time (all threads of the process), x2, batch 8, lq 64, a take() after the
// other. scripts/bench_loader.sh says by the environment what is to be measured:
//   SR_BENCH_GT, SR_BENCH_LQ  folders of a paired set
//   SR_BENCH_TYPE             its type (default pairedimagedataset)
//   SR_BENCH_MODE             cache: after the pass that filled it; else nothing is kept
//   SR_BENCH_CROPS            crops_per_decode (default 1)
//   SR_BENCH_COPIES           how often the set is listed (default 1): a set that is larger than
//                             what the loader decodes ahead and keeps of a window
//   SR_BENCH_PATCHES          how many to take at least (default 960)

#include <torch/torch.h>

#include <cstdio>
#include <cstdlib>
#include <opencv2/core/utility.hpp>
#include <string>
#include <vector>

#include "data/loader.h"
#include "data/sample_order.h"
#include "device/memory.h"
#include "support/catch.h"
#include "support/processor_seconds.h"

namespace {

constexpr int kScale = 2;
constexpr int kSeed = 1;
constexpr sr::TrainingSize kSize{64, 8};

std::string setting(const char* name, const std::string& otherwise = "") {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

sr::DatasetConfig benchmark_set() {
  sr::DatasetConfig set;
  set.key = set.name = "train";
  set.type = setting("SR_BENCH_TYPE", "pairedimagedataset");
  set.dataroot_gt = {setting("SR_BENCH_GT")};
  set.dataroot_lq = {setting("SR_BENCH_LQ")};
  set.lq_size = kSize.lq_size;
  set.crops_per_decode = std::stoi(setting("SR_BENCH_CROPS", "1"));
  return set;
}

/// The list of an image set repeated: to the loader every copy is an image of its own.
sr::PairList enlarged(sr::PairList list) {
  const std::vector<sr::ImagePair> pairs = list.pairs;
  for (int copy = std::stoi(setting("SR_BENCH_COPIES", "1")); copy > 1; --copy) {
    list.pairs.insert(list.pairs.end(), pairs.begin(), pairs.end());
  }
  return list;
}

/// Takes batches one after the other, as a training would.
void take(sr::Loader& loader, std::uint64_t& cursor, std::uint64_t samples) {
  for (const std::uint64_t end = cursor + samples; cursor < end;) {
    loader.take(cursor, kSize);
    cursor += static_cast<std::uint64_t>(kSize.batch_size);
    loader.prefetch(cursor, kSize);
  }
}

}  // namespace

TEST_CASE("patches per second of processor time", "[.][loader_benchmark]") {
  sr::install_cpu_allocator();
  cv::setNumThreads(1);
  const sr::DatasetConfig set = benchmark_set();
  const sr::PairList list = enlarged(sr::list_pairs(set, kScale));
  const sr::Sampler sampler(sr::make_sample_order(list, set, kScale, kSeed), kSeed, true, true);
  const bool cached = setting("SR_BENCH_MODE") == "cache";
  sr::Loader::Options options;
  options.scale = kScale;
  options.threads = 2;
  options.cache.mode =
      setting("SR_BENCH_MODE") == "cache" ? sr::CacheMode::kAuto : sr::CacheMode::kOff;
  sr::Loader loader(list, sampler, options);

  const std::uint64_t pass = sampler.order().samples_per_pass();
  const auto wanted = static_cast<std::uint64_t>(std::stoi(setting("SR_BENCH_PATCHES", "960")));
  std::uint64_t cursor = 0;
  take(loader, cursor, cached ? pass : 64);  // fills the cache and warms everything else
  // Whole passes, so that every image takes its share of the decoding.
  const std::uint64_t passes = (wanted + pass - 1) / pass;
  const std::uint64_t first = cursor;
  const double before = sr::test::processor_seconds();
  take(loader, cursor, passes * pass);
  const double spent = sr::test::processor_seconds() - before;
  std::printf("patches_per_core_second %.1f\n", static_cast<double>(cursor - first) / spent);
  SUCCEED("figures are printed, not judged");
}
