#include "train/adversary.h"

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

Config gan_config(GanType type = GanType::kVanilla, bool relativistic = false) {
  Config config = test::small_config();
  config.train.losses.push_back(
      test::loss_of(recipe::GanOptions{.gan_type = type, .relativistic = relativistic}, 0.1));
  config.network_d = test::small_discriminator("unetdiscriminatorsn");
  config.train.optim_d.emplace();
  return config;
}

/// The step as BasicSR describes it, written out with gradients of the parameters left in place.
void reference_gradients(ToyRun& run, const Batch& batch, bool relativistic) {
  const Network& generator = *run.networks.generator;
  Discriminator& discriminator = *run.networks.discriminator;
  const LossConfig gan = *find_gan_loss(run.config.train.losses);
  const GanLoss loss(gan.options.get<recipe::GanOptions>());
  BatchUpload upload(at::kCPU, true);
  upload.begin(batch);
  const auto [lq, gt] = upload.images(0, batch.lq.count);
  const at::Tensor output = generator.forward(lq);
  at::Tensor total =
      (output - gt).abs().mean() + 0.5 * ((output - gt).square() + 1e-12).sqrt().mean();
  if (relativistic) {
    const at::Tensor real = discriminator.forward(gt).detach();
    const at::Tensor made = discriminator.forward(output);
    total = total + gan.loss_weight *
                        (loss.of_generator(real - made.mean(), GanTarget::kFake) +
                         loss.of_generator(made - real.mean(), GanTarget::kReal)) /
                        2;
  } else {
    total = total +
            gan.loss_weight * loss.of_generator(discriminator.forward(output), GanTarget::kReal);
  }
  total.backward();
  for (const NamedTensor& parameter : discriminator.parameters()) {
    parameter.tensor.mutable_grad().zero_();
  }
  if (relativistic) {
    const at::Tensor made = discriminator.forward(output.detach()).detach();
    const at::Tensor real = discriminator.forward(gt);
    (loss.of_discriminator(real - made.mean(), GanTarget::kReal) / 2).backward();
    const at::Tensor again = discriminator.forward(output.detach());
    (loss.of_discriminator(again - real.detach().mean(), GanTarget::kFake) / 2).backward();
  } else {
    loss.of_discriminator(discriminator.forward(gt), GanTarget::kReal).backward();
    loss.of_discriminator(discriminator.forward(output.detach()), GanTarget::kFake).backward();
  }
}

void check_gradients_equal(const NamedTensors& ours, const NamedTensors& theirs) {
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO(ours[i].name);
    REQUIRE(at::allclose(ours[i].tensor.grad(), theirs[i].tensor.grad(), 1e-4, 1e-7));
  }
}

}  // namespace

TEST_CASE("the discriminator is shown sharpened GT as real when the loss asks for it", "[train]") {
  const HostImages plain(4, 12, 1), sharp(4, 12, 50);
  const auto real_logits = [&](bool gt_usm, const HostPixels& gt) {
    Config config = gan_config();
    config.train.losses.back().gt_usm = gt_usm;
    ToyRun run(config);
    HostImages images(4, 12, 1);
    images.batch.gt = gt;
    take_step(run, images.batch);
    return mean_named(run.step->take_mean_losses(), "out_d_real").value();
  };
  std::vector<std::uint8_t> both;
  for (std::size_t i = 0; i < plain.gt.size(); i += 3) {
    both.insert(both.end(), &plain.gt[i], &plain.gt[i] + 3);
    both.insert(both.end(), &sharp.gt[i], &sharp.gt[i] + 3);
  }
  HostPixels pixels = test::host_pixels(both, 4, 24);
  pixels.channels = 6;
  CHECK(real_logits(false, pixels) == real_logits(false, plain.batch.gt));
  CHECK(real_logits(true, pixels) == real_logits(false, sharp.batch.gt));
  CHECK(real_logits(true, pixels) != real_logits(false, pixels));
}

TEST_CASE("the gradients of both networks are those of BasicSR's order of passes", "[train]") {
  const auto [type, relativistic] = GENERATE(table<GanType, bool>({{GanType::kVanilla, false},
                                                                   {GanType::kHinge, false},
                                                                   {GanType::kLsgan, false},
                                                                   {GanType::kVanilla, true}}));
  const Config config = gan_config(type, relativistic);
  const HostImages images(4, 12, 1);
  ToyRun ours(config);
  ToyRun theirs(config);
  REQUIRE(completed(ours.attempt(images.batch, {})));
  reference_gradients(theirs, images.batch, relativistic);
  check_gradients_equal(ours.networks.generator->parameters(),
                        theirs.networks.generator->parameters());
  check_gradients_equal(ours.networks.discriminator->parameters(),
                        theirs.networks.discriminator->parameters());
  CHECK(values_of(ours.networks.discriminator->buffers()) ==
        values_of(theirs.networks.discriminator->buffers()));
}

TEST_CASE("a commit of two networks changes both and allocates nothing", "[train]") {
  Config config = gan_config();
  config.train.grad_clip = true;
  config.train.grad_clip_max_norm = 0.01;
  config.train.ema_decay_d = 0.9;
  config.train.ema_switch_iter = 2;
  ToyRun run(config);
  const HostImages images(4, 12, 1);
  for (std::int64_t step = 0; step < 3; ++step) {
    const auto generator = values_of(run.networks.generator->parameters());
    const auto discriminator = values_of(run.networks.discriminator->parameters());
    REQUIRE(completed(run.attempt(images.batch, {}, step)));
    CHECK(values_of(run.networks.generator->parameters()) == generator);
    CHECK(values_of(run.networks.discriminator->parameters()) == discriminator);
    const auto before = cpu_allocator().counters().allocations;
    run.commit(test::kRates);
    CHECK(cpu_allocator().counters().allocations == before);
    CHECK(values_of(run.networks.generator->parameters()) != generator);
    CHECK(values_of(run.networks.discriminator->parameters()) != discriminator);
  }
}

TEST_CASE("a failure at any allocation of a GAN step is rolled back to the bit", "[train][slow]") {
  test::check_rollback_at_every_allocation(gan_config(), CpuAllocator::Failing::kFromThere);
}

TEST_CASE("so is a single failure in a relativistic GAN step", "[train][slow]") {
  test::check_rollback_at_every_allocation(gan_config(GanType::kVanilla, true),
                                           CpuAllocator::Failing::kOnce);
}

TEST_CASE("net_d_iters and net_d_init_iters leave the generator out, not the step", "[train]") {
  Config config = gan_config();
  config.train.net_d_iters = 2;
  config.train.net_d_init_iters = 3;
  ToyRun run(config);
  std::vector<bool> trained;
  for (std::int64_t step = 0; step < 8; ++step) {
    const HostImages images(4, 12, static_cast<std::uint64_t>(step));
    const auto generator = values_of(run.networks.generator->parameters());
    const auto discriminator = values_of(run.networks.discriminator->parameters());
    take_step(run, images.batch, {}, step);
    trained.push_back(values_of(run.networks.generator->parameters()) != generator);
    CHECK(values_of(run.networks.discriminator->parameters()) != discriminator);
  }
  // Counted from 1: behind 3, every second.
  CHECK(trained == std::vector<bool>{false, false, false, true, false, true, false, true});
  CHECK(state_named(run, "step").item<float>() == 3);
  CHECK(state_named(run, "net_d.step").item<float>() == 8);
  CHECK(state_named(run, "ema.updates").item<float>() == 8);
  const auto means = run.step->take_mean_losses();
  CHECK(mean_named(means, "l_g_l1loss").value() > 0.1);  // over the steps that had one
}

TEST_CASE("a step that is not finite updates neither network", "[train]") {
  ToyRun run(gan_config());
  const HostImages good(4, 12, 1);
  take_step(run, good.batch);
  const auto generator = values_of(run.networks.generator->parameters());
  const auto discriminator = values_of(run.networks.discriminator->parameters());
  Batch bad = good.batch;
  const std::vector<float> infinite(4 * 24 * 24 * 3, std::numeric_limits<float>::infinity());
  const std::vector<float> zeros(4 * 12 * 12 * 3, 0.0F);
  bad.lq = test::host_pixels(zeros, 4, 12);
  bad.gt = test::host_pixels(infinite, 4, 24);
  take_step(run, bad, {}, 1);
  CHECK(values_of(run.networks.generator->parameters()) == generator);
  CHECK(values_of(run.networks.discriminator->parameters()) == discriminator);
  CHECK(run.step->skipped_in_a_row() == 1);
}

TEST_CASE("a GAN step reports what the discriminator says and how often it is right", "[train]") {
  ToyRun run(gan_config());
  const HostImages images(4, 12, 1);
  take_step(run, images.batch);
  const auto means = run.step->take_mean_losses();
  for (const char* name : {"l_g_l1loss", "l_g_charbonnierloss", "l_g_ganloss", "d_real", "d_fake",
                           "out_d_real", "out_d_fake"}) {
    INFO(name);
    CHECK(std::isfinite(mean_named(means, name).value()));
  }
  for (const char* name : {"accuracy_g", "accuracy_d_real", "accuracy_d_fake"}) {
    INFO(name);
    CHECK(mean_named(means, name).value() >= 0);
    CHECK(mean_named(means, name).value() <= 1);
  }
}

TEST_CASE("micro-batches are for losses that are means over samples", "[train]") {
  CHECK(ToyRun(gan_config()).step->loss_is_mean_over_samples());
  CHECK_FALSE(ToyRun(gan_config(GanType::kVanilla, true)).step->loss_is_mean_over_samples());
}
