#include <torch/torch.h>

#include <vector>

#include "device/device_stream.h"
#include "support/catch.h"
#include "support/numerics.h"
#include "train/rollback.h"
#include "train/toy_run.h"
// After catch.h: needs its macros.
#include "device/gpu.h"

namespace {

using namespace sr;
using test::HostImages;
using test::Kernels;
using test::Numerics;
using test::same_bits;
using test::take_step;
using test::ToyRun;

constexpr int kBeforeRecording = 3;

Config graph_config(Switch graphs, bool gan, bool mixed) {
  Config config = test::small_config();
  config.deterministic = true;
  config.cuda_graph = graphs;
  config.use_amp = config.amp_bf16 = mixed;
  config.network_g = test::network_of("compact", {{"num_feat", "32"}, {"num_conv", "4"}});
  config.train.grad_clip = true;
  config.train.grad_clip_max_norm = 1;
  if (gan) {
    config.train.losses.push_back(test::loss_named("ganloss", 0.1));
    config.network_d = test::small_discriminator("unetdiscriminatorsn");
    config.train.optim_d.emplace();
  }
  return config;
}

HostImages images_of(int step, int samples = 4, int side = 32) {
  return HostImages(samples, side, static_cast<std::uint64_t>(step) * 10);
}

/// Steps [from, until) of one shape.
void take_steps(ToyRun& run, int from, int until, StepCut cut = {}) {
  for (int step = from; step < until; ++step) {
    take_step(run, images_of(step).batch, cut, step);
  }
}

}  // namespace

TEST_CASE("recorded steps end with the bits of steps that are not", "[train][gpu]") {
  SR_OPEN_GPU(cuda);
  const at::Device device(at::kCUDA, 0);
  use_device(device);
  const bool gan = GENERATE(false, true);
  const bool mixed = GENERATE(false, true);
  const StepCut cut = GENERATE(StepCut{1, 0}, StepCut{2, 1});
  CAPTURE(gan, mixed, cut.parts);
  const Numerics numerics(Kernels::kDeterministic);
  ToyRun recorded(graph_config(Switch::kAuto, gan, mixed), device);
  ToyRun plain(graph_config(Switch::kOff, gan, mixed), device);
  take_steps(recorded, 0, 10, cut);
  take_steps(plain, 0, 10, cut);
  CHECK(recorded.step->recorded());
  CHECK_FALSE(plain.step->recorded());
  CHECK(same_bits(recorded.snapshot(), plain.snapshot()));
  CHECK(recorded.step->take_mean_losses() == plain.step->take_mean_losses());
}

TEST_CASE("recorded steps mix samples as steps that are not", "[train][gpu]") {
  SR_OPEN_GPU(cuda);
  const at::Device device(at::kCUDA, 0);
  use_device(device);
  const StepCut cut = GENERATE(StepCut{1, 0}, StepCut{2, 1});
  const Numerics numerics(Kernels::kDeterministic);
  const auto after = [&](Switch graphs) {
    Config config = graph_config(graphs, /*gan=*/true, /*mixed=*/true);
    config.train.batch_mix.use_moa = true;
    ToyRun run(config, device);
    for (int step = 0; step < 10; ++step) {
      HostImages images = images_of(step, 8, 32);
      images.batch.first_sample = images.batch.numbers.first = static_cast<std::uint64_t>(step) * 8;
      take_step(run, images.batch, cut, step);
    }
    CHECK(run.step->recorded() == (graphs == Switch::kAuto));
    return run.snapshot();
  };
  CHECK(same_bits(after(Switch::kAuto), after(Switch::kOff)));
}

TEST_CASE("a step is recorded when sizes have settled, and again after another size",
          "[train][gpu]") {
  SR_OPEN_GPU(cuda);
  const at::Device device(at::kCUDA, 0);
  use_device(device);
  const Numerics numerics(Kernels::kDeterministic);
  ToyRun run(graph_config(Switch::kAuto, false, true), device);
  run.sizes_settled = false;
  take_steps(run, 0, 6);
  CHECK_FALSE(run.step->recorded());
  run.sizes_settled = true;
  take_steps(run, 6, 7);
  CHECK(run.step->recorded());
  take_step(run, images_of(7, 2, 48).batch, {}, 7);
  CHECK_FALSE(run.step->recorded());
  for (int step = 8; step < 8 + kBeforeRecording; ++step) {
    take_step(run, images_of(step, 2, 48).batch, {}, step);
  }
  CHECK(run.step->recorded());
  run.step->lend_for_validation();
  CHECK_FALSE(run.step->recorded());
  take_step(run, images_of(20, 2, 48).batch, {}, 20);
  CHECK(run.step->recorded());  // the shape is the same, nothing has to be tried out again
  CHECK_FALSE(run.step->take_graph_problem());
}

TEST_CASE("a recorded step tells the memory that it takes", "[train][gpu]") {
  SR_OPEN_GPU(cuda);
  const at::Device device(at::kCUDA, 0);
  use_device(device);
  const Numerics numerics(Kernels::kDeterministic);
  const auto peak_after = [&](Switch graphs) {
    ToyRun run(graph_config(graphs, false, true), device);
    std::int64_t peak = 0;
    for (int step = 0; step < 8; ++step) {
      run.memory->reset_peak();
      const HostImages images = images_of(step, 8, 128);
      const Attempt& attempt = run.attempt(images.batch, {}, step);
      REQUIRE(completed(attempt));
      peak = std::get<Completed>(attempt).memory.allocated_peak;
      run.commit(test::kRates);
    }
    return static_cast<double>(peak);
  };
  const double plain = peak_after(Switch::kOff);
  const double recorded = peak_after(Switch::kAuto);
  CHECK(recorded == Approx(plain).epsilon(0.1));
}

TEST_CASE("memory that runs out while a step is recorded costs the recording alone",
          "[train][gpu]") {
  SR_OPEN_GPU(cuda);
  const at::Device device(at::kCUDA, 0);
  use_device(device);
  const Numerics numerics(Kernels::kDeterministic);
  const auto large = [](int step) { return images_of(step, 8, 128); };
  ToyRun run(graph_config(Switch::kAuto, false, false), device);
  for (int step = 0; step < kBeforeRecording; ++step) {
    take_step(run, large(step).batch, {}, step);
  }
  const auto before = run.snapshot();
  run.memory->empty_cache();
  const MemoryReading held = run.memory->read();
  run.memory->set_limit(held.reserved + (24 << 20));
  const HostImages next = large(kBeforeRecording);
  const Attempt& failed = run.attempt(next.batch, {}, kBeforeRecording);
  CHECK_FALSE(completed(failed));
  CHECK(same_bits(run.snapshot(), before));
  CHECK(run.step->take_graph_problem());
  run.memory->set_limit(std::nullopt);
  for (int step = kBeforeRecording; step < 8; ++step) {
    take_step(run, large(step).batch, {}, step);
  }
  CHECK_FALSE(run.step->recorded());

  ToyRun plain(graph_config(Switch::kOff, false, false), device);
  for (int step = 0; step < 8; ++step) {
    take_step(plain, large(step).batch, {}, step);
  }
  CHECK(same_bits(run.snapshot(), plain.snapshot()));
}
