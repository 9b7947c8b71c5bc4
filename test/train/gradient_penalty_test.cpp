#include "train/gradient_penalty.h"

#include <torch/torch.h>

#include "core/error.h"
#include "device/cpu_allocator.h"
#include "support/catch.h"
#include "support/thrown.h"
#include "train/rollback.h"
#include "train/toy_run.h"

namespace {

using namespace sr;
using test::HostImages;
using test::mean_named;
using test::take_step;
using test::ToyRun;

constexpr double kWeight = 3;
constexpr int kEvery = 2;

Config penalised(double weight = kWeight, int every = kEvery,
                 const std::string& type = "unetdiscriminatorsn") {
  Config config = test::small_config();
  config.train.losses.push_back(
      test::loss_of(recipe::GanOptions{.r1_reg_weight = weight, .net_d_reg_every = every}, 0.1));
  config.network_d = test::small_discriminator(type);
  config.train.optim_d.emplace();
  return config;
}

at::Tensor gt_of(const Batch& batch) {
  BatchUpload upload(at::kCPU, true);
  upload.begin(batch);
  return upload.images(0, batch.lq.count).gt;
}

/// The penalty as BasicSR's StyleGAN2Model adds it, in float32; returns its loss.
double add_reference_penalty(ToyRun& run, const Batch& batch) {
  const at::Tensor images = gt_of(batch).detach().requires_grad_(true);
  const at::Tensor logits = run.networks.discriminator->forward(images);
  const at::Tensor gradient =
      torch::autograd::grad({logits.sum()}, {images}, {}, true, /*create_graph=*/true)[0];
  const at::Tensor penalty = gradient.square().flatten(1).sum(1).mean();
  const at::Tensor loss = kWeight / 2 * penalty * kEvery;
  loss.backward();
  return loss.item<double>();
}

/// What the attempt of a step with this number left in the discriminator's gradients.
std::vector<at::Tensor> gradients_of(const Discriminator& discriminator) {
  std::vector<at::Tensor> gradients;
  for (const NamedTensor& parameter : discriminator.parameters()) {
    gradients.push_back(parameter.tensor.grad().clone());
  }
  return gradients;
}

std::vector<at::Tensor> gradients_after(const Config& config, StepCut cut, std::int64_t step) {
  ToyRun run(config);
  const HostImages images(4, 12, 1);
  REQUIRE(completed(run.attempt(images.batch, cut, step)));
  return gradients_of(*run.networks.discriminator);
}

bool close(const std::vector<at::Tensor>& ours, const std::vector<at::Tensor>& theirs) {
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if ((ours[i] - theirs[i]).norm().item<double>() > 1e-4 * theirs[i].norm().item<double>()) {
      return false;
    }
  }
  return ours.size() == theirs.size();
}

}  // namespace

TEST_CASE("every second step adds BasicSR's gradient penalty of the real images", "[train]") {
  const bool half = GENERATE(false, true);
  CAPTURE(half);
  Config with = penalised();
  Config without = penalised(0);
  for (Config* config : {&with, &without}) {
    config->use_amp = half;
    config->amp_bf16 = half;
  }
  const HostImages images(4, 12, 1);
  CHECK(close(gradients_after(with, {}, 0), gradients_after(without, {}, 0)));
  CHECK_FALSE(close(gradients_after(with, {}, 1), gradients_after(without, {}, 1)));

  ToyRun reference(without);
  REQUIRE(completed(reference.attempt(images.batch, {}, 1)));
  const double loss = add_reference_penalty(reference, images.batch);
  CHECK(loss > 0);
  ToyRun ours(with);
  REQUIRE(completed(ours.attempt(images.batch, {}, 1)));
  CHECK(close(gradients_of(*ours.networks.discriminator),
              gradients_of(*reference.networks.discriminator)));
  const auto& buffers = ours.networks.discriminator->buffers();
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    CHECK(at::equal(buffers[i].tensor, reference.networks.discriminator->buffers()[i].tensor));
  }
  ours.commit(test::kRates);
  CHECK(*mean_named(ours.step->take_mean_losses(), "d_r1") == Approx(loss).epsilon(1e-5));
}

TEST_CASE("the penalty of a batch in pieces is that of the whole", "[train]") {
  const Config config = penalised(kWeight, kEvery, "docres_discriminator");
  CHECK(ToyRun(config).step->loss_is_mean_over_samples());
  const auto whole = gradients_after(config, {}, 1);
  CHECK(close(gradients_after(config, {.parts = 1, .micro_batch = 1}, 1), whole));
  CHECK(close(gradients_after(config, {.parts = 2, .micro_batch = 0}, 1), whole));
}

TEST_CASE("a failure at any allocation of a step with a gradient penalty is rolled back to the bit",
          "[train][slow]") {
  const auto failing = GENERATE(CpuAllocator::Failing::kFromThere, CpuAllocator::Failing::kOnce);
  test::check_rollback_at_every_allocation(penalised(kWeight, 1), failing, /*tries=*/300);
}

TEST_CASE("d_r1 is the mean over the steps that had a penalty, and a commit allocates nothing",
          "[train]") {
  ToyRun run(penalised());
  const HostImages images(4, 12, 1);
  const auto stand_still = [&](std::int64_t step) {
    REQUIRE(completed(run.attempt(images.batch, {}, step)));
    run.commit({});
  };
  stand_still(0);
  CHECK_FALSE(mean_named(run.step->take_mean_losses(), "d_r1"));
  REQUIRE(completed(run.attempt(images.batch, {}, 1)));
  const auto before = cpu_allocator().counters().allocations;
  run.commit({});
  CHECK(cpu_allocator().counters().allocations == before);
  const double loss = *mean_named(run.step->take_mean_losses(), "d_r1");
  CHECK(loss > 0);
  stand_still(2);
  stand_still(3);
  stand_still(4);
  // The vectors of the spectral norm alone have moved; a mean over all three steps were a third.
  CHECK(*mean_named(run.step->take_mean_losses(), "d_r1") == Approx(loss).epsilon(0.3));
  CHECK_FALSE(mean_named(ToyRun(penalised(0)).step->take_mean_losses(), "d_r1"));
}

TEST_CASE("a penalty that is not finite leaves the discriminator alone", "[train]") {
  ToyRun run(penalised(1e38, 1));
  const HostImages images(4, 12, 1);
  {
    const at::NoGradGuard no_grad;
    for (const NamedTensor& parameter : run.networks.discriminator->parameters()) {
      if (parameter.name == "conv9.weight") {
        parameter.tensor.mul_(1e6);
      }
    }
  }
  const auto before = run.networks.discriminator->parameters().front().tensor.detach().clone();
  take_step(run, images.batch);
  CHECK(at::equal(run.networks.discriminator->parameters().front().tensor, before));
  CHECK(run.step->skipped_in_a_row() == 1);
}

TEST_CASE("a gradient penalty needs a discriminator with a second derivative", "[train]") {
  const auto refusal = [](const Config& config) {
    return test::message_of<ConfigError>([&] { make_networks(config); });
  };
  CHECK(test::contains(refusal(penalised(1, 1, "dunet")),
                       "r1_reg_weight: dunet has no second derivative"));
  CHECK(refusal(penalised(0, 1, "dunet")).empty());
  CHECK(refusal(penalised(1, 1, "metagan2")).empty());
}
