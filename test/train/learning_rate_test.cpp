#include "train/learning_rate.h"

#include "recipe/cosine.h"

#include "support/catch.h"

namespace {

using namespace sr;

/// Configured for batches of 8; without a schedule the rates are 0.1 and 0.2.
Config config_with(LrScaling scaling) {
  Config config;
  config.train.lr_scaling = scaling;
  config.train_set.batch_size_per_gpu = 8;
  config.train.total_iter = 10000;
  config.train.optim_g.lr = 0.1;
  config.train.optim_d = config.train.optim_g;
  config.train.optim_d->lr = 0.2;
  return config;
}

}  // namespace

TEST_CASE("without lr_scaling the batch size does not matter", "[train]") {
  LearningRate rate(config_with(LrScaling::kNone));
  CHECK(rate.of_step({.step = 0}, 64, 1).generator == 0.1);
  CHECK(rate.of_step({.step = 500}, 8, 1).generator == 0.1);
  CHECK(rate.ramp() == LearningRateRamp{});
}

TEST_CASE("the rate reaches the new batch size linearly over a hundred steps", "[train]") {
  LearningRate rate(config_with(LrScaling::kSqrt));
  CHECK(rate.of_step({.step = 1000}, 32, 1).generator == 0.1);
  CHECK(rate.of_step({.step = 1050}, 32, 1).generator ==
        Approx(0.15));  // the same size: no new ramp
  CHECK(rate.of_step({.step = 1100}, 32, 1).generator == Approx(0.2));
  CHECK(rate.of_step({.step = 5000}, 32, 1).generator == Approx(0.2));
  CHECK(rate.ramp() == LearningRateRamp{1, 2, 1000});
}

TEST_CASE("a change during a ramp starts from where the rate is", "[train]") {
  LearningRate rate(config_with(LrScaling::kLinear));
  rate.of_step({.step = 0}, 16, 1);
  CHECK(rate.of_step({.step = 50}, 4, 1).generator == Approx(0.15));
  CHECK(rate.of_step({.step = 150}, 4, 1).generator == Approx(0.05));
}

TEST_CASE("both networks' rates are schedule x ramp x factor", "[train]") {
  Config config = config_with(LrScaling::kLinear);
  config.train.warmup_iter = 4;
  LearningRate rate(config);
  rate.set_ramp({1, 3, 0});
  const LearningRates rates =
      rate.of_step({.step = 1}, 24, 0.5);  // warm-up 2 / 4, ramp 1 + 2 / 100
  CHECK(rates.generator == Approx(0.1 * 0.5 * 1.02 * 0.5));
  CHECK(rates.discriminator == Approx(0.2 * 0.5 * 1.02 * 0.5));
}

TEST_CASE("a restored ramp goes on", "[train]") {
  LearningRate before(config_with(LrScaling::kLinear));
  before.of_step({.step = 10}, 16, 1);
  LearningRate after(config_with(LrScaling::kLinear));
  after.set_ramp(before.ramp());
  CHECK(after.of_step({.step = 60}, 16, 1).generator ==
        before.of_step({.step = 60}, 16, 1).generator);
}

TEST_CASE("a schedule by samples gives the same rate at the same sample whatever the sizes are",
          "[train]") {
  Config config = config_with(LrScaling::kNone);
  config.train.schedule_by = ScheduleUnit::kSamples;
  config.train.total_samples = 8000;
  config.train.warmup_iter = 500;
  config.train.scheduler.type = "CosineAnnealingLR";
  config.train.scheduler.options = recipe::CosineOptions{};
  LearningRate fixed(config), growing(config);
  for (std::int64_t step = 0; step < 1000; ++step) {  // 8 samples each
    const RunPoint at{step, static_cast<std::uint64_t>(8 * step), 0, 0};
    const RunPoint larger{step / 4, at.samples, at.pixels, 0};  // 32 each
    CHECK(fixed.of_step(at, 8, 1).generator == growing.of_step(larger, 32, 1).generator);
  }
  CHECK(fixed.of_step({0, 249, 0, 0}, 8, 1).generator == Approx(0.05).epsilon(0.01));
  CHECK(fixed.warming_up({0, 499, 0, 0}));
  CHECK_FALSE(fixed.warming_up({0, 500, 0, 0}));
  CHECK(fixed.of_step({0, 8000, 0, 0}, 8, 1).generator == Approx(0).margin(1e-9));
}
