#include "automation/dynamic_batch_size_optimizer.h"
#include "automation/readings.h"
#include "automation/window_meter.h"
#include "support/catch.h"
#include "support/sim_device.h"
#include "support/size_text.h"

// Mistakes that dynamic batch sizing made elsewhere, each shown not to happen here. Those of the
// training loop, the data loader and the configuration are tested there.

using sr::DynamicBatchSizeOptimizer;
using sr::TrainingSize;
using sr::test::kTotal;
using sr::test::settings;
using sr::test::SimDeviceSpec;
using sr::test::SimRun;
using sr::test::window;

namespace {

sr::FailureReading failure(double external = 0) {
  const auto others = static_cast<std::int64_t>(external * kTotal);
  const std::int64_t live = kTotal * 95 / 100 - others;
  return {1, kTotal / 10, live, live, kTotal / 100, others, kTotal, false};
}

/// A device on which {256, 64} takes `usage` of memory, a tenth of it fixed.
SimDeviceSpec device_with(double usage_of_largest) {
  SimDeviceSpec spec;
  spec.total = 16'000'000'000;
  spec.fixed = spec.total / 10;
  spec.bytes_per_pixel = (usage_of_largest - 0.1) * static_cast<double>(spec.total) /
                         static_cast<double>(TrainingSize{256, 64}.pixels());
  return spec;
}

}  // namespace

TEST_CASE("defect 1: out of memory never abandons the step", "[automation]") {
  SimRun run(device_with(0.85), settings({256, 64}));
  run.device.fail_next(4);
  run.take_step();
  CHECK(run.step == 1);
  CHECK(run.recoveries.size() == 4);
}

TEST_CASE("defect 7: the way to the largest size takes a handful of jumps", "[automation]") {
  SimRun run(device_with(0.85), settings({64, 8}));  // 76 adjustments there
  run.run_windows(12);
  CHECK(run.optimizer.size() == TrainingSize{256, 64});
  CHECK(run.optimizer.counters().adjustments <= 6);
  CHECK(run.recoveries.empty());
}

TEST_CASE("defect 8: the batch does not starve where the largest lq_size is out of reach",
          "[automation]") {
  auto spec = device_with(1);
  spec.bytes_per_pixel =
      1.1 * static_cast<double>(spec.total) / static_cast<double>(TrainingSize{256, 8}.pixels());
  SimRun run(spec, settings({64, 8}));
  run.run_windows(12);
  CHECK(run.in_band(run.decisions.back().usage));

  DynamicBatchSizeOptimizer blocked(settings({64, 8}));
  blocked.decide(window(0.2), {64, 8});
  blocked.after_failure(failure(), {72, 8});
  for (int i = 0; i < 3 && blocked.size() == TrainingSize{64, 8}; ++i) {
    blocked.decide(window(0.2), {64, 8});
  }
  CHECK(blocked.size().pixels() > TrainingSize{64, 8}.pixels());
}

TEST_CASE("defect 9: a failed size expires when memory comes free", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 8}));
  optimizer.decide(window(0.3, 0.4), {64, 8});
  optimizer.after_failure(failure(0.4), {128, 8});
  REQUIRE(optimizer.frontier().blocked({128, 8}));
  optimizer.decide(window(0.3, 0.1), {64, 8});
  CHECK_FALSE(optimizer.frontier().blocked({128, 8}));
}

TEST_CASE("defect 9: a failure with a smaller batch but a larger lq_size is recorded",
          "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 2}));
  optimizer.decide(window(0.1), {64, 2});
  optimizer.after_failure(failure(), {128, 16});
  optimizer.after_failure(failure(), {200, 8});
  CHECK(optimizer.frontier().blocked({200, 8}));
  CHECK(optimizer.frontier().blocked({128, 16}));
  CHECK_FALSE(optimizer.frontier().blocked({192, 15}));
}

TEST_CASE("defect 10: what cannot fit is given up with a message", "[automation]") {
  SimDeviceSpec spec;
  spec.total = 10'000'000;
  spec.fixed = 9'900'000;
  SimRun run(spec, settings({64, 8}));
  run.take_step();
  CHECK(run.gave_up);
  CHECK(run.violations.empty());
  CHECK(run.recoveries.back().action == sr::RecoveryAction::kGiveUp);
  CHECK(run.recoveries.back().reason.find("lq_size 32 x batch_size 2") != std::string::npos);
}

TEST_CASE("defect 11: memory of others and fragmentation count", "[automation]") {
  auto spec = device_with(0.85);
  spec.external = spec.total / 5;
  spec.fragmentation = 1.15;
  SimRun run(spec, settings({64, 8}));
  run.run_windows(20);
  CHECK(run.recoveries.empty());
  CHECK(run.decisions.back().device_usage <= 0.97);
  CHECK(run.decisions.back().device_usage > 0.85);
}

TEST_CASE("defect 12: one high window shrinks once", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 8}));
  sr::WindowMeter meter(2, 0);
  const auto two_steps = [&](double usage) {
    for (int i = 0; i < 2; ++i) {
      const auto peak = static_cast<std::int64_t>(usage * kTotal);
      meter.add({peak, peak, kTotal / 100, 0, kTotal, 0}, optimizer.size());
    }
    return optimizer.decide(meter.take(), optimizer.size());
  };
  CHECK(two_steps(0.95).action == sr::SizeAction::kShrinkBatch);
  CHECK(two_steps(0.84).action == sr::SizeAction::kHold);
}

TEST_CASE("defect 12: a validation peak is not a training peak", "[automation]") {
  auto spec = device_with(0.85);
  spec.validation_peak = spec.total * 97 / 100;
  SimRun calm(device_with(0.85), settings({64, 8}));
  SimRun validating(spec, settings({64, 8}));
  validating.validate_every = 3;
  calm.run_windows(10);
  validating.run_windows(10);
  CHECK(validating.log == calm.log);
}

TEST_CASE("defect 13: shrinking stops at the configured minimum", "[automation]") {
  auto bounded = settings({48, 3});
  bounded.min_lq_size = 48;
  DynamicBatchSizeOptimizer optimizer(bounded);
  CHECK(optimizer.decide(window(0.99), {48, 3}).size == TrainingSize{48, 2});
  CHECK(optimizer.decide(window(0.99), {48, 2}).size == TrainingSize{48, 2});
  CHECK(optimizer.after_failure(failure(), {48, 2}).size == TrainingSize{48, 2});
}

TEST_CASE("defect 14: a failure counts for the size that really failed", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 8}));
  optimizer.decide(window(0.3), {64, 8});
  REQUIRE(optimizer.size() != TrainingSize{64, 8});
  const auto recovery = optimizer.after_failure(failure(), {64, 8});  // still an old batch
  CHECK(recovery.size.pixels() < TrainingSize{64, 8}.pixels());
  CHECK(optimizer.proven().proof_of({64, 8}) == nullptr);
}

TEST_CASE("defect 20: growth never exceeds what the images allow", "[automation]") {
  auto small_images = settings({40, 8});
  small_images.data_lq_limit = 50;
  SimRun run(device_with(0.3), small_images);
  run.run_windows(20);
  CHECK(run.violations.empty());
  CHECK(run.optimizer.size().lq_size == 48);
}

TEST_CASE("defect 21: a resumed run goes on at its last size with all it knows", "[automation]") {
  SimRun run(device_with(0.85), settings({64, 8}));
  run.run_windows(4);
  DynamicBatchSizeOptimizer resumed(settings({64, 8}));
  REQUIRE(resumed.restore(run.optimizer.state()));
  CHECK(resumed.size() == run.optimizer.size());
  CHECK(resumed.size() != TrainingSize{64, 8});
  CHECK(resumed.state() == run.optimizer.state());
}

TEST_CASE("defect 24: sizes change rarely so that what is tuned to a shape stays useful",
          "[automation]") {
  auto spec = device_with(0.85);
  spec.noise = 0.02;
  SimRun run(spec, settings({64, 8}));
  run.run_windows(200);
  CHECK(run.optimizer.counters().adjustments <= 8);
}

TEST_CASE("defect 26: max_adjustments is enforced for the sizes", "[automation]") {
  auto limited = settings({64, 8});
  limited.max_adjustments = 1;
  SimRun run(device_with(0.85), limited);
  run.run_windows(10);
  CHECK(run.violations.empty());
  CHECK(run.optimizer.counters().adjustments == 1);
}
