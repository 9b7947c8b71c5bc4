#include "train/discriminator_pause.h"

#include <torch/torch.h>

#include "device/cpu_allocator.h"
#include "support/catch.h"
#include "train/rollback.h"
#include "train/toy_run.h"

namespace {

using namespace sr;
using test::HostImages;
using test::mean_named;
using test::state_named;
using test::take_step;
using test::ToyRun;
using test::values_of;

/// Of a discriminator whose passes change buffers.
Config adaptive_config(double decay, double threshold) {
  Config config = test::small_config();
  config.train.losses.push_back(test::loss_of(recipe::GanOptions{}, 0.1));
  config.network_d = test::small_discriminator("unetdiscriminatorsn");
  config.train.optim_d.emplace();
  config.train.ema_decay_d = 0.5;
  config.train.adaptive_d = true;
  config.train.adaptive_d_ema_decay = decay;
  config.train.adaptive_d_threshold = threshold;
  return config;
}

/// Waits in the first step, in which the smoothed loss grows from 0, and never again.
Config waits_once() {
  return adaptive_config(0.5, 3);
}

/// A step with this loss of the generator; whether the discriminator waits.
bool waits(DiscriminatorPause& pause, double loss, bool generator_trained = true) {
  pause.begin();
  pause.add(torch::tensor(static_cast<float>(loss / 4)));
  pause.add(torch::tensor(static_cast<float>(loss * 3 / 4)));
  pause.decide(generator_trained);
  pause.commit(torch::zeros({}));
  CHECK(pause.waits().item<float>() == static_cast<float>(pause.waits_flag().item<bool>()));
  return pause.waits_flag().item<bool>();
}

}  // namespace

TEST_CASE("the discriminator waits while the smoothed loss grows by more than the threshold",
          "[train]") {
  const auto discriminator = make_discriminator(test::small_discriminator("dunet"), 1);
  DiscriminatorPause pause(0.9, 1.02, *discriminator);
  // 0.1 l of the first step is more than nothing.
  CHECK(waits(pause, 1.0));
  CHECK(pause.smoothed().item<float>() == Approx(0.1));
  CHECK(waits(pause, 1.0));  // 0.19
  CHECK_FALSE(waits(pause, 0.19));
  CHECK(pause.smoothed().item<float>() == Approx(0.19));
  CHECK_FALSE(waits(pause, 0.19 * 1.199));  // times 1.0199
  const double smoothed = pause.smoothed().item<float>();
  CHECK(waits(pause, smoothed * 1.201));  // times 1.0201
  CHECK_FALSE(waits(pause, 0));
  CHECK(pause.smoothed().item<float>() == Approx(smoothed * 1.0201 * 0.9));
}

TEST_CASE("without the generator nobody waits and the smoothed loss stays", "[train]") {
  const auto discriminator = make_discriminator(test::small_discriminator("dunet"), 1);
  DiscriminatorPause pause(0.9, 1.02, *discriminator);
  CHECK(waits(pause, 1.0));
  CHECK_FALSE(waits(pause, 5.0, /*generator_trained=*/false));
  CHECK(pause.smoothed().item<float>() == Approx(0.1));
}

TEST_CASE("a step that is not finite leaves the smoothed loss alone", "[train]") {
  const auto discriminator = make_discriminator(test::small_discriminator("dunet"), 1);
  DiscriminatorPause pause(0.9, 1.02, *discriminator);
  CHECK(waits(pause, 1.0));
  pause.begin();
  pause.add(torch::tensor(std::numeric_limits<float>::quiet_NaN()));
  pause.decide(true);
  CHECK_FALSE(pause.waits_flag().item<bool>());
  pause.commit(torch::ones({}));
  CHECK(pause.smoothed().item<float>() == Approx(0.1));
}

TEST_CASE("a discriminator that waits is as if it had seen the generator's pass alone", "[train]") {
  ToyRun run(waits_once());
  ToyRun reference(waits_once());
  const HostImages images(4, 12, 1);
  const auto parameters = values_of(run.networks.discriminator->parameters());
  const auto averages = run.step->discriminator_averages()[0].clone();
  const auto generator = values_of(run.networks.generator->parameters());
  take_step(run, images.batch);
  CHECK(values_of(run.networks.discriminator->parameters()) == parameters);
  CHECK(torch::equal(run.step->discriminator_averages()[0], averages));
  CHECK(state_named(run, "net_d.step").item<float>() == 0);
  CHECK(values_of(run.networks.generator->parameters()) != generator);
  {
    const at::NoGradGuard no_grad;
    reference.networks.discriminator->forward(torch::rand({1, 3, 24, 24}));
  }
  CHECK(values_of(run.networks.discriminator->buffers()) ==
        values_of(reference.networks.discriminator->buffers()));
  const auto waiting = run.step->take_mean_losses();
  CHECK(mean_named(waiting, "d_skipped") == 1.0);
  CHECK_FALSE(mean_named(waiting, "d_real"));

  take_step(run, images.batch, {}, 1);
  CHECK(values_of(run.networks.discriminator->parameters()) != parameters);
  CHECK(state_named(run, "net_d.step").item<float>() == 1);
  const auto means = run.step->take_mean_losses();
  CHECK(mean_named(means, "d_skipped") == 0.0);
  CHECK(*mean_named(means, "d_real") > 0);
}

TEST_CASE("a discriminator that never waits is trained as one that cannot", "[train]") {
  Config plain = adaptive_config(0, 1e9);
  plain.train.adaptive_d = false;
  plain.train.net_d_init_iters = 1;
  Config adaptive = adaptive_config(0, 1e9);
  adaptive.train.net_d_init_iters = 1;
  ToyRun one(plain);
  ToyRun other(adaptive);
  for (std::int64_t step = 0; step < 3; ++step) {
    const HostImages images(4, 12, static_cast<std::uint64_t>(step));
    for (ToyRun* run : {&one, &other}) {
      take_step(*run, images.batch, {}, step);
    }
    if (step == 0) {  // as behind a step that trained the generator
      state_named(other, "net_d.adaptive_d.smoothed").fill_(1);
    }
  }
  CHECK(mean_named(other.step->take_mean_losses(), "d_skipped") == 0.0);
  CHECK_FALSE(mean_named(one.step->take_mean_losses(), "d_skipped").has_value());
  auto expected = one.snapshot();
  auto found = other.snapshot();
  REQUIRE(found.size() == expected.size() + 1);
  found.erase(found.end() - 2);  // the smoothed loss, before skipped_in_a_row
  CHECK(test::same_bits(found, expected));
}

TEST_CASE("micro-batches decide on the loss of the whole step", "[train]") {
  ToyRun whole(waits_once());
  ToyRun pieces(waits_once());
  const HostImages images(4, 12, 1);
  take_step(whole, images.batch);
  take_step(pieces, images.batch, {.micro_batch = 3});
  const std::string name = "net_d.adaptive_d.smoothed";
  // The singular vectors move with each pass, so that the logits differ a little.
  CHECK(state_named(pieces, name).item<float>() ==
        Approx(state_named(whole, name).item<float>()).epsilon(0.05));
  CHECK(mean_named(pieces.step->take_mean_losses(), "d_skipped") == 1.0);
}

TEST_CASE("a commit in which the discriminator waits allocates nothing", "[train]") {
  ToyRun run(waits_once());
  const HostImages images(4, 12, 1);
  for (std::int64_t step = 0; step < 2; ++step) {
    REQUIRE(completed(run.attempt(images.batch, {}, step)));
    const auto before = cpu_allocator().counters().allocations;
    run.commit(test::kRates);
    CHECK(cpu_allocator().counters().allocations == before);
  }
}

TEST_CASE("a failure at any allocation of an adaptive GAN step is rolled back to the bit",
          "[train][slow]") {
  test::check_rollback_at_every_allocation(waits_once(), CpuAllocator::Failing::kFromThere);
}

TEST_CASE("a loss scale stays when the discriminator waits", "[train]") {
  const auto discriminator = make_discriminator(test::small_discriminator("dunet"), 1);
  TrainedNetwork trained(*discriminator, {.scales_loss = true});
  const auto scale = [&] {
    for (const NamedState& state : trained.state()) {
      if (state.name == "loss_scaler.scale") {
        return state.tensor.item<float>();
      }
    }
    return 0.0F;
  };
  const at::Tensor infinite = torch::tensor(std::numeric_limits<float>::infinity());
  const float before = scale();
  trained.begin();
  trained.check(infinite);
  trained.step(torch::ones({}), torch::ones({}, at::kBool));
  CHECK(scale() == before);
  trained.step(torch::ones({}), torch::zeros({}, at::kBool));
  CHECK(scale() == before / 2);
}
