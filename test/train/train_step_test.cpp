#include "train/train_step.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "device/cpu_allocator.h"
#include "support/catch.h"
#include "support/optimizers.h"
#include "train/rollback.h"
#include "train/toy_run.h"

namespace {

using namespace sr;
using test::check_rollback_at_every_allocation;
using test::HostImages;
using test::loss_named;
using test::same_bits;
using test::small_config;
using test::ToyRun;

std::vector<float> weights_after(int steps, Config config = small_config(), StepCut cut = {}) {
  ToyRun run(std::move(config));
  for (int i = 0; i < steps; ++i) {
    const HostImages images(4, 12, static_cast<std::uint64_t>(i) * 10);
    REQUIRE(completed(run.attempt(images.batch, cut)));
    run.commit({1e-3, 1e-3});
  }
  return run.snapshot();
}

}  // namespace

TEST_CASE("a failure at any allocation is rolled back to the bit with any network",
          "[train][slow]") {
  Config config = small_config();
  config.network_g = test::tiny_network(GENERATE("esrgan", "span", "spanplus"));
  check_rollback_at_every_allocation(config, CpuAllocator::Failing::kOnce);
}

TEST_CASE("an attempt changes nothing and a commit changes weights and averages", "[train]") {
  ToyRun run;
  const auto before = run.snapshot();
  const HostImages images(4, 12, 1);
  REQUIRE(completed(run.attempt(images.batch, {})));
  CHECK(same_bits(run.snapshot(), before));
  run.commit({1e-3, 1e-3});
  CHECK_FALSE(same_bits(run.snapshot(), before));
}

TEST_CASE("a step that is undone has never been", "[train]") {
  ToyRun run, untouched;
  const HostImages first(4, 12, 1), second(4, 12, 2);
  test::take_step(run, first.batch);
  test::take_step(untouched, first.batch);
  const auto before = run.snapshot();
  run.step->undo(std::get<Completed>(run.step->attempt(
      second.batch, {.cut = {}, .step = 1, .recompute = false, .sizes_settled = true})));
  CHECK(same_bits(run.snapshot(), before));
  for (const NamedTensor& parameter : run.networks.generator->parameters()) {
    CHECK(parameter.tensor.grad().abs().max().item<float>() == 0);
  }
  test::take_step(run, first.batch, {}, 1);
  test::take_step(untouched, first.batch, {}, 1);
  CHECK(same_bits(run.snapshot(), untouched.snapshot()));
}

TEST_CASE("a loss sees sharpened GT when it asks for it and the others GT", "[train]") {
  Config config = small_config();
  config.train.losses = {loss_named("l1loss"), loss_named("mseloss"),
                         loss_named("charbonnierloss")};
  const auto means_with = [&](const Config& run_config, const HostPixels& gt) {
    ToyRun run(run_config);
    HostImages images(4, 12, 1);
    images.batch.gt = gt;
    REQUIRE(completed(run.attempt(images.batch, {})));
    run.commit({1e-3, 1e-3});
    return run.step->take_mean_losses();
  };
  const HostImages plain(4, 12, 1), sharp(4, 12, 50);
  std::vector<std::uint8_t> both;
  for (std::size_t i = 0; i < plain.gt.size(); i += 3) {
    both.insert(both.end(), &plain.gt[i], &plain.gt[i] + 3);
    both.insert(both.end(), &sharp.gt[i], &sharp.gt[i] + 3);
  }
  HostPixels pixels = test::host_pixels(both, 4, 24);
  pixels.channels = 6;
  const auto of_plain = means_with(config, plain.batch.gt);
  const auto of_sharp = means_with(config, sharp.batch.gt);
  config.train.losses[1].gt_usm = true;
  const auto mixed = means_with(config, pixels);
  CHECK(mixed[0].second == of_plain[0].second);
  CHECK(mixed[1].second == of_sharp[1].second);
  CHECK(mixed[2].second == of_plain[2].second);
  CHECK(of_plain[1].second != of_sharp[1].second);
}

TEST_CASE("two runs of the same steps end with the same bits", "[train]") {
  CHECK(same_bits(weights_after(3), weights_after(3)));
}

TEST_CASE("a commit allocates nothing", "[train]") {
  Config config = small_config();
  config.train.grad_clip = true;
  config.train.grad_clip_max_norm = 0.01;
  ToyRun run(config);
  const HostImages images(4, 12, 1);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(completed(run.attempt(images.batch, {})));
    const auto before = cpu_allocator().counters().allocations;
    run.commit({1e-3, 1e-3});
    CHECK(cpu_allocator().counters().allocations == before);
  }
}

TEST_CASE("a failure at any allocation of an attempt is rolled back to the bit", "[train][slow]") {
  check_rollback_at_every_allocation(
      small_config(), GENERATE(CpuAllocator::Failing::kOnce, CpuAllocator::Failing::kFromThere));
}

TEST_CASE("what LibTorch refuses to compute is told and leaves no trace", "[train]") {
  ToyRun run;
  const HostImages images(4, 12, 1);
  test::take_step(run, images.batch);
  const auto before = run.snapshot();
  HostImages other(4, 13, 2);
  other.batch.lq = images.batch.lq;  // GT of other sides than the result
  const Attempt& attempt = run.attempt(other.batch, {}, 1);
  REQUIRE(std::holds_alternative<LibraryError>(attempt));
  CHECK_THAT(std::get<LibraryError>(attempt).message, Catch::Contains("size of tensor"));
  CHECK(same_bits(run.snapshot(), before));
  test::take_step(run, images.batch, {}, 1);
  CHECK(same_bits(run.snapshot(), [&] {
    ToyRun untouched;
    test::take_step(untouched, images.batch);
    test::take_step(untouched, images.batch, {}, 1);
    return untouched.snapshot();
  }()));
}

namespace {

Config schedule_free_config() {
  Config config = small_config();
  config.train.ema_decay = 0;
  config.train.optim_g =
      test::optimizer_of(recipe::AdamWScheduleFreeOptions{.betas = {0.8, 0.99}}, 0.01);
  return config;
}

}  // namespace

TEST_CASE("a schedule-free step is rolled back to the bit", "[train][slow]") {
  check_rollback_at_every_allocation(schedule_free_config(), CpuAllocator::Failing::kOnce);
}

TEST_CASE("a commit allocates nothing with any optimizer", "[train]") {
  for (const std::string& type : test::optimizer_types()) {
    INFO(type);
    Config config = schedule_free_config();
    config.train.optim_g = test::optimizer_named(type, 0.01);
    if (auto* sgd = config.train.optim_g.options.get_if<recipe::SgdOptions>()) {
      sgd->momentum = 0.9;
    }
    ToyRun run(config);
    const HostImages images(4, 12, 1);
    REQUIRE(completed(run.attempt(images.batch, {})));
    const auto before = cpu_allocator().counters().allocations;
    run.commit({1e-3, 1e-3});
    CHECK(cpu_allocator().counters().allocations == before);
  }
}

TEST_CASE("schedule-free training validates x and trains y between x and z", "[train]") {
  ToyRun run(schedule_free_config());
  for (int i = 0; i < 4; ++i) {
    const HostImages images(4, 12, static_cast<std::uint64_t>(i) * 10);
    REQUIRE(completed(run.attempt(images.batch, {})));
    run.commit({1e-3, 1e-3});
  }
  const auto& parameters = run.networks.generator->parameters();
  const auto& averages = run.step->averages();
  REQUIRE(averages.size() == parameters.size());
  REQUIRE(&run.networks.validated() == run.networks.averaged.get());
  const std::vector<NamedState> state = run.step->state();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    INFO(parameters[i].name);
    const auto z = std::find_if(state.begin(), state.end(), [&](const NamedState& one) {
      return one.name == "z." + parameters[i].name;
    });
    REQUIRE(z != state.end());
    const at::Tensor& x = averages[i];
    const at::Tensor y = parameters[i].tensor.detach();
    CHECK(at::allclose(y, z->tensor * 0.2 + x * 0.8, 1e-5, 1e-7));
    CHECK_FALSE(at::equal(x, y));
    CHECK(run.networks.averaged->parameters()[i].tensor.data_ptr() == x.data_ptr());
  }
  const auto before = run.snapshot();
  const at::NoGradGuard no_grad;
  run.networks.validated().forward(at::full({1, 3, 8, 8}, 0.5));
  CHECK(same_bits(run.snapshot(), before));
}

namespace {

/// The generator's gradients that an attempt leaves.
std::vector<at::Tensor> gradients_after_attempt(const Config& config, StepCut cut) {
  ToyRun run(config);
  const HostImages images(4, 12, 0);
  REQUIRE(completed(run.attempt(images.batch, cut)));
  std::vector<at::Tensor> gradients;
  for (const NamedTensor& parameter : run.networks.generator->parameters()) {
    gradients.push_back(parameter.tensor.grad().clone());
  }
  return gradients;
}

}  // namespace

TEST_CASE("parts and micro-batches give the gradients of the whole batch", "[train]") {
  Config config = small_config();
  config.network_g = test::tiny_network(GENERATE("compact", "esrgan", "span", "spanplus"));
  CAPTURE(config.network_g.type);
  const auto whole = gradients_after_attempt(config, {});
  for (const StepCut cut : {StepCut{2, 0}, StepCut{1, 1}, StepCut{1, 3}, StepCut{2, 1}}) {
    const auto cut_up = gradients_after_attempt(config, cut);
    REQUIRE(cut_up.size() == whole.size());
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const auto largest = whole[i].abs().max().item<double>();
      REQUIRE((cut_up[i] - whole[i]).abs().max().item<double>() <= 1e-4 * largest);
    }
  }
}

TEST_CASE("a step that is not finite updates nothing and is counted", "[train]") {
  ToyRun run;
  const HostImages good(4, 12, 1);
  REQUIRE(completed(run.attempt(good.batch, {})));
  run.commit({1e-3, 1e-3});
  const auto before = run.snapshot();
  run.step->take_mean_losses();

  Batch bad = good.batch;
  const std::vector<float> infinite(4 * 24 * 24 * 3, std::numeric_limits<float>::infinity());
  const std::vector<float> zeros(4 * 12 * 12 * 3, 0.0F);
  bad.lq = test::host_pixels(zeros, 4, 12);
  bad.gt = test::host_pixels(infinite, 4, 24);
  for (int i = 1; i <= 2; ++i) {
    REQUIRE(completed(run.attempt(bad, {})));
    run.commit({1e-3, 1e-3});
    CHECK(run.step->skipped_in_a_row() == i);
  }
  CHECK(run.step->take_mean_losses().empty());
  CHECK(run.step->take_skipped() == 2);
  CHECK(run.step->take_skipped() == 0);
  auto after = run.snapshot();
  after.back() = before.back();  // the count of skipped steps in a row
  CHECK(same_bits(after, before));

  REQUIRE(completed(run.attempt(good.batch, {})));
  run.commit({1e-3, 1e-3});
  CHECK(run.step->skipped_in_a_row() == 0);
  const auto losses = run.step->take_mean_losses();
  CHECK(losses.size() == 2);
  for (const auto& [name, value] : losses) {
    INFO(name);
    CHECK(std::isfinite(value));
  }
}

TEST_CASE("reported losses are means over the committed steps and start over", "[train]") {
  ToyRun run;
  const HostImages images(4, 12, 1);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(completed(run.attempt(images.batch, {})));
    run.commit({0.0, 0.0});
  }
  const auto twice = run.step->take_mean_losses();
  REQUIRE(completed(run.attempt(images.batch, {})));
  run.commit({0.0, 0.0});
  const auto once = run.step->take_mean_losses();
  REQUIRE(twice.size() == 2);
  CHECK(twice[0].first == "l_g_l1loss");
  CHECK(twice[0].second == Approx(once[0].second));
  CHECK(twice[1].second == Approx(once[1].second));
}

TEST_CASE("bfloat16 autocast trains with float32 weights", "[train]") {
  Config config = small_config();
  config.use_amp = true;
  ToyRun run(config);
  const HostImages images(4, 12, 1);
  REQUIRE(completed(run.attempt(images.batch, {})));
  run.commit({1e-3, 1e-3});
  CHECK(run.networks.generator->parameters().front().tensor.scalar_type() == at::kFloat);
  CHECK(run.step->skipped_in_a_row() == 0);
}
