#include "train/step.h"

#include <torch/torch.h>

#include <cmath>
#include <cstring>

#include "core/random.h"
#include "device/cpu_allocator.h"
#include "support/catch.h"

namespace {

using namespace sr;

Config small_config() {
  Config config;
  config.scale = 2;
  config.manual_seed = 3;
  config.network_g.type = "compact";
  config.network_g.num_feat = 4;
  config.network_g.num_conv = 2;
  config.train.total_iter = 100;
  config.train.ema_decay = 0.9;
  config.train.losses = {LossConfig{"l1loss", 1.0, 1e-12},
                         LossConfig{"charbonnierloss", 0.5, 1e-12}};
  return config;
}

/// Host bytes that LibTorch's allocator does not count, filled from the counter-based generator.
struct HostImages {
  std::vector<std::uint8_t> lq, gt;
  Batch batch;
  HostImages(int count, int side, std::uint64_t seed)
      : lq(bytes(count, side)), gt(bytes(count, 2 * side)) {
    fill(lq, seed);
    fill(gt, seed + 1);
    batch.lq = at::from_blob(lq.data(), {count, side, side, 3}, at::kByte);
    batch.gt = at::from_blob(gt.data(), {count, 2 * side, 2 * side, 3}, at::kByte);
    batch.size = {side, count};
  }
  static std::size_t bytes(int count, int side) {
    return static_cast<std::size_t>(count) * static_cast<std::size_t>(side * side) * 3;
  }
  static void fill(std::vector<std::uint8_t>& values, std::uint64_t seed) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<std::uint8_t>(hash(seed, i, Stream::kStep));
    }
  }
};

struct Fixture {
  Config config;
  at::Device device{at::kCPU};
  std::unique_ptr<DeviceMemory> memory;
  std::unique_ptr<Network> network;
  std::unique_ptr<TrainStep> step;

  explicit Fixture(Config wanted = small_config()) : config(std::move(wanted)) {
    install_cpu_allocator();
    memory = open_device_memory(device, std::nullopt);
    network = make_network(config.network_g, config.scale, config.manual_seed);
    network->to(device, wants_channels_last(config, device));
    step = std::make_unique<TrainStep>(config, *network, *memory, device);
  }

  /// Every byte that a step may change.
  std::vector<float> snapshot() const {
    std::vector<float> values;
    const auto add = [&](const at::Tensor& tensor) {
      const at::Tensor flat = tensor.detach().to(at::kFloat).contiguous().view({-1});
      values.insert(values.end(), flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
    };
    for (const NamedTensor& parameter : network->parameters()) {
      add(parameter.tensor);
    }
    for (const at::Tensor& average : step->averages()) {
      add(average);
    }
    for (const NamedState& state : step->state()) {
      add(state.tensor);
    }
    return values;
  }
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::vector<float> weights_after(int steps, Config config = small_config(), StepCut cut = {}) {
  Fixture run(std::move(config));
  for (int i = 0; i < steps; ++i) {
    const HostImages images(4, 12, static_cast<std::uint64_t>(i) * 10);
    REQUIRE(run.step->attempt(images.batch, cut).can_commit());
    run.step->commit(1e-3);
  }
  return run.snapshot();
}

}  // namespace

TEST_CASE("an attempt changes nothing and a commit changes weights and averages", "[train]") {
  Fixture run;
  const auto before = run.snapshot();
  const HostImages images(4, 12, 1);
  REQUIRE(run.step->attempt(images.batch, {}).can_commit());
  CHECK(same_bits(run.snapshot(), before));
  run.step->commit(1e-3);
  CHECK_FALSE(same_bits(run.snapshot(), before));
}

TEST_CASE("two runs of the same steps end with the same bits", "[train]") {
  CHECK(same_bits(weights_after(3), weights_after(3)));
}

TEST_CASE("a commit allocates nothing", "[train]") {
  Config config = small_config();
  config.train.grad_clip = true;
  config.train.grad_clip_max_norm = 0.01;
  Fixture run(config);
  const HostImages images(4, 12, 1);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(run.step->attempt(images.batch, {}).can_commit());
    const auto before = cpu_allocator().counters().allocations;
    run.step->commit(1e-3);
    CHECK(cpu_allocator().counters().allocations == before);
  }
}

TEST_CASE("a failure at any allocation of an attempt is rolled back to the bit", "[train][slow]") {
  for (const auto failing : {CpuAllocator::Failing::kOnce, CpuAllocator::Failing::kFromThere}) {
    Fixture run;
    const HostImages first(4, 12, 0);
    REQUIRE(run.step->attempt(first.batch, {}).can_commit());
    run.step->commit(1e-3);
    const auto before = run.snapshot();
    const auto baseline = cpu_allocator().counters().allocated;
    const HostImages images(4, 12, 10);
    int failures = 0;
    for (std::uint64_t nth = 1; nth < 5000; ++nth) {
      const auto refusals = cpu_allocator().counters().refusals;
      cpu_allocator().fail_at(nth, failing);
      const Attempt attempt = run.step->attempt(images.batch, {});
      const bool reached = cpu_allocator().counters().refusals > refusals;
      cpu_allocator().stop_failing();
      if (!reached) {
        CHECK(attempt.can_commit());
        break;
      }
      ++failures;
      INFO("allocation " << nth);
      REQUIRE_FALSE(attempt.can_commit());
      REQUIRE(same_bits(run.snapshot(), before));
      REQUIRE(cpu_allocator().counters().allocated == baseline);
    }
    CHECK(failures > 20);
    run.step->commit(1e-3);

    Fixture clean;
    REQUIRE(clean.step->attempt(first.batch, {}).can_commit());
    clean.step->commit(1e-3);
    REQUIRE(clean.step->attempt(images.batch, {}).can_commit());
    clean.step->commit(1e-3);
    CHECK(same_bits(run.snapshot(), clean.snapshot()));
  }
}

TEST_CASE("parts and micro-batches give the gradients of the whole batch", "[train]") {
  const auto whole = weights_after(1);
  for (const StepCut cut : {StepCut{2, 0}, StepCut{1, 1}, StepCut{1, 3}, StepCut{2, 1}}) {
    const auto cut_up = weights_after(1, small_config(), cut);
    REQUIRE(cut_up.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      // Adam's first update has the size of the learning rate whatever the gradient: compare
      // loosely.
      REQUIRE(cut_up[i] == Approx(whole[i]).margin(2e-3));
    }
  }
}

TEST_CASE("a step that is not finite updates nothing and is counted", "[train]") {
  Fixture run;
  const HostImages good(4, 12, 1);
  REQUIRE(run.step->attempt(good.batch, {}).can_commit());
  run.step->commit(1e-3);
  const auto before = run.snapshot();

  Batch bad = good.batch;
  const at::Tensor infinite = at::full({4, 24, 24, 3}, std::numeric_limits<float>::infinity());
  const at::Tensor floats = at::zeros({4, 12, 12, 3});
  bad.lq = floats;
  bad.gt = infinite;
  for (int i = 1; i <= 2; ++i) {
    REQUIRE(run.step->attempt(bad, {}).can_commit());
    run.step->commit(1e-3);
    CHECK(run.step->skipped_in_a_row() == i);
  }
  CHECK(run.step->take_skipped() == 2);
  CHECK(run.step->take_skipped() == 0);
  auto after = run.snapshot();
  after.back() = before.back();  // the count of skipped steps in a row
  CHECK(same_bits(after, before));

  REQUIRE(run.step->attempt(good.batch, {}).can_commit());
  run.step->commit(1e-3);
  CHECK(run.step->skipped_in_a_row() == 0);
  for (const auto& [name, value] : run.step->take_mean_losses()) {
    INFO(name);
    CHECK(std::isfinite(value));
  }
}

TEST_CASE("reported losses are means over the committed steps and start over", "[train]") {
  Fixture run;
  const HostImages images(4, 12, 1);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(run.step->attempt(images.batch, {}).can_commit());
    run.step->commit(0.0);
  }
  const auto twice = run.step->take_mean_losses();
  REQUIRE(run.step->attempt(images.batch, {}).can_commit());
  run.step->commit(0.0);
  const auto once = run.step->take_mean_losses();
  REQUIRE(twice.size() == 2);
  CHECK(twice[0].first == "l_g_l1loss");
  CHECK(twice[0].second == Approx(once[0].second));
  CHECK(twice[1].second == Approx(once[1].second));
}

TEST_CASE("bfloat16 autocast trains with float32 weights", "[train]") {
  Config config = small_config();
  config.use_amp = true;
  Fixture run(config);
  const HostImages images(4, 12, 1);
  REQUIRE(run.step->attempt(images.batch, {}).can_commit());
  run.step->commit(1e-3);
  CHECK(run.network->parameters().front().tensor.scalar_type() == at::kFloat);
  CHECK(run.step->skipped_in_a_row() == 0);
}

TEST_CASE("pixels arrive on the device as floats between 0 and 1 in the wanted layout", "[train]") {
  const HostImages images(2, 3, 5);
  for (const bool channels_last : {true, false}) {
    const at::Tensor batch = upload(images.batch.lq, at::kCPU, channels_last);
    CHECK(batch.sizes() == at::IntArrayRef({2, 3, 3, 3}));
    CHECK(batch.is_contiguous(channels_last ? at::MemoryFormat::ChannelsLast
                                            : at::MemoryFormat::Contiguous));
    CHECK(batch[1][2][0][1].item<float>() ==
          static_cast<float>(images.lq[1 * 27 + 0 * 9 + 1 * 3 + 2]) / 255.0F);
  }
}
