#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "core/units.h"
#include "optim/optimizer.h"
#include "support/catch.h"
#include "support/numerics.h"
#include "support/optimizers.h"
#include "train/rollback.h"
#include "train/toy_run.h"
// After catch.h: needs its macros.
#include "device/gpu.h"

// The step of train_step_test.cpp and adversary_test.cpp where it is to run: on a GPU.

namespace {

using namespace sr;
using test::HostImages;
using test::Kernels;
using test::Numerics;
using test::same_bits;
using test::take_step;
using test::ToyRun;

enum class Precision { kFloat32, kFloat16, kBFloat16 };

/// A network whose activations are large beside the blocks in which memory is handed out: 16 MiB
/// each on CUDA, where a small block costs 2 MiB and one above 1 MiB 20 MiB.
Config device_config(at::Device device, Precision precision = Precision::kFloat32) {
  Config config = test::small_config();
  config.deterministic = true;
  config.cuda_graph = Switch::kOff;
  config.use_amp = precision != Precision::kFloat32;
  config.amp_bf16 = precision == Precision::kBFloat16;
  if (device.is_cuda()) {
    config.network_g = test::network_of("compact", {{"num_feat", "32"}, {"num_conv", "4"}});
  }
  return config;
}

/// The discriminators whose kernels repeat their bits on CUDA; the backward of dunet's grid
/// sampling has none that do, and the VGG style takes images of one size.
enum class Adversarial { kNo, kUnet, kPatchGan };

Config with(Adversarial adversarial, Config config) {
  if (adversarial == Adversarial::kNo) {
    return config;
  }
  config.train.losses.push_back(test::loss_named("ganloss", 0.1));
  arch::PatchGanOptions patchgan;
  patchgan.num_layers = 2;
  config.network_d = adversarial == Adversarial::kUnet
                         ? test::small_discriminator("unetdiscriminatorsn")
                         : test::discriminator_of(patchgan, 4);
  config.train.optim_d.emplace();
  config.train.ema_decay_d = 0.9;
  return config;
}

struct Kind {
  Precision precision;
  Adversarial adversarial;
};

Kind any_kind() {
  const Precision precision =
      GENERATE(Precision::kFloat32, Precision::kFloat16, Precision::kBFloat16);
  return {precision, GENERATE(Adversarial::kNo, Adversarial::kUnet, Adversarial::kPatchGan)};
}

TrainingSize size_for(at::Device device) {
  return device.is_cuda() ? TrainingSize{128, 8} : TrainingSize{16, 4};
}

std::vector<float> after_steps(const Config& config, at::Device device, int steps) {
  ToyRun run(config, device);
  const TrainingSize size = size_for(device);
  for (int step = 0; step < steps; ++step) {
    const HostImages images(size.batch_size, size.lq_size, static_cast<std::uint64_t>(step) * 10);
    take_step(run, images.batch, {}, step);
  }
  return run.snapshot();
}

}  // namespace

TEST_CASE("running out of memory anywhere in a step on the device leaves no trace",
          "[train][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const auto [precision, adversarial] = any_kind();
  CAPTURE(static_cast<int>(precision), static_cast<int>(adversarial));
  const Numerics numerics(Kernels::kDeterministic);
  const Config config = with(adversarial, device_config(device, precision));
  const auto failures = test::check_rollback_under_limits(config, device, size_for(device));
  CAPTURE(failures.count);
  CHECK(failures.count >= 8);
  CHECK(failures.where.contains("train"));
}

TEST_CASE("memory that runs out in the upload on the device leaves no trace",
          "[train][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const Numerics numerics(Kernels::kDeterministic);
  const Config config = with(Adversarial::kUnet, device_config(device));
  ToyRun run(config, device);
  const TrainingSize size = size_for(device);
  const HostImages small(size.batch_size, size.lq_size, 1);
  take_step(run, small.batch);
  const auto before = run.snapshot();
  const std::int64_t between_steps = run.memory->read().allocated;
  run.memory->empty_cache();
  // GT in float32 is larger than any hole in what is reserved.
  const HostImages large(device.is_cuda() ? 24 : 4, device.is_cuda() ? 192 : 32, 2);
  run.memory->set_limit(64 * kKiB);
  const Attempt& attempt = run.attempt(large.batch, {}, 1);
  run.memory->set_limit(std::nullopt);
  CHECK_FALSE(completed(attempt));
  CHECK(std::get<RanOutOfMemory>(attempt).where == "upload");
  CHECK(std::get<RanOutOfMemory>(attempt).failure.source == "allocator");
  CHECK(same_bits(run.snapshot(), before));
  CHECK(run.memory->read().allocated <= between_steps);
  take_step(run, small.batch, {}, 1);
}

TEST_CASE("two runs of the same steps on the device end with the same bits",
          "[train][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const auto [precision, adversarial] = any_kind();
  CAPTURE(static_cast<int>(precision), static_cast<int>(adversarial));
  const Numerics numerics(Kernels::kDeterministic);
  const Config config = with(adversarial, device_config(device, precision));
  CHECK(same_bits(after_steps(config, device, 3), after_steps(config, device, 3)));
}

namespace {

/// Everything that may be computed in a commit.
Config everything(Config config, const std::string& optimizer) {
  config = with(Adversarial::kUnet, config);
  config.train.optim_g = test::optimizer_named(optimizer, 0.01);
  config.train.optim_d = config.train.optim_g;
  if (config.train.optim_g.keeps_own_average()) {
    config.train.ema_decay = config.train.ema_decay_d = 0;
  } else {
    config.train.ema_switch_iter = 2;
  }
  config.train.grad_clip = true;
  config.train.grad_clip_max_norm = 0.01;
  return config;
}

}  // namespace

TEST_CASE("a commit on the device allocates nothing with any optimizer",
          "[train][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const std::string type = GENERATE(from_range(test::optimizer_types()));
  const bool adaptive = GENERATE(false, true);
  const Precision precision = GENERATE(Precision::kFloat32, Precision::kFloat16);
  CAPTURE(type, adaptive, static_cast<int>(precision));
  const Numerics numerics(Kernels::kFastest);
  Config config = everything(device_config(device, precision), type);
  config.deterministic = false;
  if (adaptive) {
    config.gradient_clipping.emplace();
  }
  ToyRun run(config, device);
  const HostImages images(4, 16, 1);
  for (std::int64_t step = 0; step < 3; ++step) {
    REQUIRE(completed(run.attempt(images.batch, {}, step)));
    const std::int64_t before = test::allocations_on(device);
    run.commit(test::kRates);
    CHECK(test::allocations_on(device) == before);
  }
}

TEST_CASE("a step's losses and gradients on the device are those of the CPU",
          "[train][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const Adversarial adversarial =
      GENERATE(Adversarial::kNo, Adversarial::kUnet, Adversarial::kPatchGan);
  const Numerics numerics(Kernels::kDeterministic);
  const Config config = with(adversarial, device_config(device));
  ToyRun there(config, device);
  ToyRun here(config);
  const HostImages images(2, 24, 1);
  REQUIRE(completed(there.attempt(images.batch, {})));
  REQUIRE(completed(here.attempt(images.batch, {})));
  const auto compare = [](const Module& ours, const Module& theirs) {
    for (std::size_t i = 0; i < ours.parameters().size(); ++i) {
      INFO(ours.parameters()[i].name);
      CHECK(test::relative_error(ours.parameters()[i].tensor.grad(),
                                 theirs.parameters()[i].tensor.grad()) < 1e-3);
    }
  };
  compare(*there.networks.generator, *here.networks.generator);
  if (adversarial != Adversarial::kNo) {
    compare(*there.networks.discriminator, *here.networks.discriminator);
  }
  there.commit(test::kRates);
  here.commit(test::kRates);
  const auto ours = there.step->take_mean_losses();
  const auto theirs = here.step->take_mean_losses();
  REQUIRE(ours.size() == theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO(ours[i].first);
    CHECK(ours[i].first == theirs[i].first);
    CHECK(ours[i].second == Approx(theirs[i].second).epsilon(1e-4).margin(1e-6));
  }
}

TEST_CASE("float16 on the device scales the loss and trains", "[train][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const Numerics numerics(Kernels::kDeterministic);
  ToyRun run(device_config(device, Precision::kFloat16), device);
  const auto before = run.snapshot();
  const HostImages images(4, 16, 1);
  for (std::int64_t step = 0; step < 12; ++step) {
    take_step(run, images.batch, {}, step);
  }
  CHECK(run.step->skipped_in_a_row() == 0);  // the scale has found its place
  CHECK_FALSE(same_bits(run.snapshot(), before));
  const auto state = run.step->state();
  const bool scaled = std::any_of(state.begin(), state.end(), [](const NamedState& one) {
    return one.name == "loss_scaler.scale" && one.tensor.item<float>() >= 1;
  });
  CHECK(scaled == device.is_cuda());
}

TEST_CASE("steps that float16's loss scale may have spoilt are no divergence",
          "[train][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const Numerics numerics(Kernels::kDeterministic);
  ToyRun run(device_config(device, Precision::kFloat16), device);
  const HostImages images(4, 16, 1);
  const std::vector<float> infinite(4 * 32 * 32 * 3, std::numeric_limits<float>::infinity());
  const std::vector<float> zeros(4 * 16 * 16 * 3, 0.0F);
  Batch bad = images.batch;
  bad.lq = test::host_pixels(zeros, 4, 16);
  bad.gt = test::host_pixels(infinite, 4, 32);
  for (std::int64_t step = 1; step <= 20; ++step) {
    take_step(run, bad, {}, step);
    // From 65536 down to 1.
    CHECK(run.step->skipped_in_a_row() ==
          (device.is_cuda() ? std::max<std::int64_t>(0, step - 16) : step));
  }
  CHECK(run.step->take_skipped() == 20);
}

TEST_CASE("pixels may be written again once their lease has ended", "[train][gpu]") {
  SR_OPEN_GPU(cuda);
  const at::Device device(at::kCUDA, 0);
  const Numerics numerics(Kernels::kDeterministic);
  const Config config = device_config(device);
  const TrainingSize size = size_for(device);
  const HostImages images(size.batch_size, size.lq_size, 1);
  const auto pinned = [](const std::vector<std::uint8_t>& bytes) {
    const auto options = at::TensorOptions().dtype(at::kByte).pinned_memory(true);
    at::Tensor copy = at::empty({static_cast<std::int64_t>(bytes.size())}, options);
    std::copy(bytes.begin(), bytes.end(), copy.data_ptr<std::uint8_t>());
    return copy;
  };
  const at::Tensor lq = pinned(images.lq);
  const at::Tensor gt = pinned(images.gt);
  HostLease lease;
  Batch batch = images.batch;
  batch.lease = &lease;
  batch.lq.data = reinterpret_cast<const std::byte*>(lq.data_ptr<std::uint8_t>());
  batch.gt.data = reinterpret_cast<const std::byte*>(gt.data_ptr<std::uint8_t>());
  ToyRun run(config, device);
  REQUIRE(completed(run.attempt(batch, {})));
  lease.end();
  lq.zero_();
  gt.zero_();
  run.commit(test::kRates);
  ToyRun untouched(config, device);
  take_step(untouched, images.batch);
  CHECK(same_bits(run.snapshot(), untouched.snapshot()));
}
