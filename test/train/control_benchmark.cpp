// Hidden test: `test_train "[benchmark]"` compares what memory control costs a step (readings,
// window, decision, event of the decision) and what the transaction costs (snapshot of buffers)
// with the step itself, Compact 24x8 x2, batch 8, lq 64. One process, medians, so the ratio holds
// on a noisy machine.

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "support/catch.h"
#include "support/losses.h"
#include "support/networks.h"
#include "train/size_policy.h"
#include "train/train_step.h"

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

sr::Config benchmark_config() {
  sr::Config config;
  config.scale = 2;
  config.network_g = sr::test::network_of("superultracompact");
  config.train.ema_decay = 0;
  config.train.losses = {sr::test::loss_named("l1loss")};
  config.train_set.lq_size = 64;
  config.train_set.batch_size_per_gpu = 8;
  config.size_optimizer = sr::SizeOptimizerOptions{};
  config.size_optimizer->adjustment_frequency = 20;
  config.size_optimizer->max_lq_size = 64;
  config.size_optimizer->max_batch_size = 8;
  return config;
}

}  // namespace

TEST_CASE("cost of memory control beside a step", "[.][benchmark]") {
  sr::install_cpu_allocator();
  const sr::Config config = benchmark_config();
  const auto memory = sr::open_device_memory(at::kCPU, 1024LL * 1024 * 1024);
  sr::Networks networks = sr::make_networks(config);
  networks.to(at::kCPU, true);
  sr::TrainStep step(config, networks, *memory, at::kCPU);
  sr::Numerics numerics({});
  const auto sizes = sr::make_size_policy(
      config, {.largest_lq_size = 64, .micro_batches_allowed = true, .environment = "benchmark"},
      numerics);
  std::vector<std::uint8_t> lq(8 * 64 * 64 * 3, 100);
  std::vector<std::uint8_t> gt(8 * 128 * 128 * 3, 120);
  sr::Batch batch;
  batch.lq = {.data = reinterpret_cast<const std::byte*>(lq.data()), .count = 8, .side = 64};
  batch.gt = {.data = reinterpret_cast<const std::byte*>(gt.data()), .count = 8, .side = 128};
  batch.size = {64, 8};

  std::vector<double> step_ms;
  std::vector<double> control_ms;
  for (int i = 0; i < 120; ++i) {
    const auto start = Clock::now();
    sr::Attempt attempt =
        step.attempt(batch, {.cut = {}, .step = i, .recompute = false, .sizes_settled = true});
    auto& done = std::get<sr::Completed>(attempt);
    const sr::MemoryReading reading = done.memory;
    step.commit(std::move(done), {1e-4, 1e-4});
    step_ms.push_back(milliseconds_since(start));
    const auto control = Clock::now();
    memory->read();  // attempt() takes as many readings again, inside the step's time
    memory->read();
    sizes->committed(reading, sizes->now().size);
    memory->reset_peak();
    control_ms.push_back(milliseconds_since(control));
  }
  double mean_control = 0;
  for (const double ms : control_ms) {
    mean_control += ms / static_cast<double>(control_ms.size());
  }
  std::printf(
      "step %.2f ms, control %.4f ms median, %.4f ms mean: %.4f %% and %.4f %% of the step\n",
      median(step_ms), median(control_ms), mean_control, 100 * median(control_ms) / median(step_ms),
      100 * mean_control / median(step_ms));
  SUCCEED("figures are printed, not judged");
}
