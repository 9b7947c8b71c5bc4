#include <torch/torch.h>

#include <string>
#include <vector>

#include "core/units.h"
#include "support/catch.h"
#include "support/numerics.h"
#include "train/train_steps.h"
// After catch.h: needs its macros.
#include "device/gpu.h"
#include "device/held_memory.h"

namespace {

using namespace sr;

constexpr std::int64_t kLimit = 2 * kGiB;

Config dynamic_config() {
  Config config = test::small_config();
  config.cuda_graph = Switch::kOff;
  config.network_g = test::network_of("compact", {{"num_feat", "64"}, {"num_conv", "16"}});
  config.memory_limit = kLimit;
  config.train_set.lq_size = 48;
  config.train_set.batch_size_per_gpu = 4;
  config.size_optimizer = SizeOptimizerOptions{};
  config.size_optimizer->adjustment_frequency = 5;
  return config;
}

SizeSurroundings surroundings() {
  SizeSurroundings result;
  result.largest_lq_size = 256;
  result.micro_batches_allowed = true;
  result.cuda = true;
  result.environment = "test";
  return result;
}

/// Peak of one step of the size in force, as a share of the limit.
double usage_of(test::ToyRun& run, TrainingSize size) {
  const test::HostImages images(size.batch_size, size.lq_size, 0);
  for (int i = 0; i < 3; ++i) {  // cuDNN measures its kernels in the first step of a size
    run.memory->reset_peak();
    REQUIRE(completed(run.attempt(images.batch, {})));
  }
  return static_cast<double>(run.memory->read().allocated_peak) / static_cast<double>(kLimit);
}

/// Kind of the first failure that is about sizes.
std::string first_kind(const std::vector<OutOfMemoryEvent>& failures) {
  for (const OutOfMemoryEvent& failure : failures) {
    if (failure.kind != "soft" && failure.kind != "fragmentation") {
      return failure.kind;
    }
  }
  return "none";
}

}  // namespace

TEST_CASE("sizes grow into the band of a GPU's limit and make room for another program",
          "[train][gpu]") {
  SR_OPEN_GPU(cuda);
  test::ToyRun run(dynamic_config(), at::Device(at::kCUDA, 0));
  Numerics switches({});
  const auto sizes = make_size_policy(run.config, surroundings(), switches);
  const test::Numerics numerics(test::Kernels::kFastest);
  std::int64_t step = 0;
  test::train_steps(50, run, *sizes, step);
  const TrainingSize alone = sizes->now().size;
  INFO("alone: lq " << alone.lq_size << ", batch " << alone.batch_size);
  const double usage = usage_of(run, alone);
  CHECK(usage >= 0.78);
  CHECK(usage <= 0.92);

  run.memory->empty_cache();
  {
    const auto held = test::HeldMemory::all_but(*cuda.api, kLimit / 4);
    const auto failures = test::train_steps(15, run, *sizes, step);
    INFO("beside another program: lq " << sizes->now().size.lq_size << ", batch "
                                       << sizes->now().size.batch_size);
    CHECK(first_kind(failures) == "external");
    CHECK(sizes->now().size.pixels() < alone.pixels());
  }
  test::train_steps(200, run, *sizes, step);
  INFO("alone again: lq " << sizes->now().size.lq_size << ", batch "
                          << sizes->now().size.batch_size);
  CHECK(10 * sizes->now().size.pixels() >= 9 * alone.pixels());
  run.memory->set_limit(std::nullopt);
}
