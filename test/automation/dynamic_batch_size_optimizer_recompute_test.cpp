#include "automation/dynamic_batch_size_optimizer.h"
#include "automation/readings.h"
#include "support/catch.h"
#include "support/sim_device.h"
#include "support/size_text.h"

// Blocks computed twice (train.recompute: auto).

namespace {

using sr::DynamicBatchSizeOptimizer;
using sr::RecoveryAction;
using sr::SizeAction;
using sr::TrainingSize;
using sr::test::SimDeviceSpec;
using sr::test::SimRun;

sr::SizeControllerSettings settings(bool allowed = true) {
  sr::SizeControllerSettings made;
  made.configured = {32, 4};
  made.min_batch_size = 4;
  made.adjustment_frequency = 5;
  made.recompute_allowed = allowed;
  made.micro_batches_allowed = true;
  made.environment = "simulated";
  return made;
}

/// Without recomputation 104 x 5 is where growth ends.
SimDeviceSpec device(double recompute) {
  SimDeviceSpec spec;
  spec.total = 400'000'000;
  spec.fixed = 10'000'000;
  spec.bytes_per_pixel = 6000;
  spec.recompute = recompute;
  return spec;
}

sr::FailureReading failure(std::int64_t step) {
  sr::FailureReading made;
  made.step = step;
  made.requested = made.total = sr::test::kTotal;
  made.live = made.reserved = made.total * 9 / 10;
  made.between_steps = made.total / 100;
  return made;
}

int recompute_decisions(const SimRun& run) {
  int count = 0;
  for (const sr::Decision& decision : run.decisions) {
    count += decision.action == SizeAction::kRecompute ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("blocks are computed twice before a batch is cut into pieces", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings());
  CHECK(optimizer.after_failure(failure(0), {32, 4}).action == RecoveryAction::kRetry);
  const sr::Recovery second = optimizer.after_failure(failure(0), {32, 4});
  CHECK(second.action == RecoveryAction::kRecompute);
  CHECK(second.size == TrainingSize{32, 4});
  CHECK(second.micro_batch == 0);
  CHECK(optimizer.recompute());
  const sr::Recovery third = optimizer.after_failure(failure(0), {32, 4});
  CHECK(third.action == RecoveryAction::kMicroBatch);
  CHECK(third.micro_batch == 2);
  CHECK(optimizer.recompute());
}

TEST_CASE("who leaves no choice has blocks computed twice by nobody", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings(false));
  optimizer.after_failure(failure(0), {32, 4});
  CHECK(optimizer.after_failure(failure(0), {32, 4}).action == RecoveryAction::kMicroBatch);
  SimRun run(device(0.3), settings(false));
  run.run_windows(12);
  CHECK(recompute_decisions(run) == 0);
  CHECK_FALSE(run.optimizer.recompute());
}

TEST_CASE("blocks computed twice bring a larger lq_size into the band", "[automation]") {
  SimRun without(device(0.3), settings(false));
  without.run_windows(12);
  SimRun run(device(0.3), settings());
  run.run_windows(12);
  CHECK(run.violations.empty());
  CHECK(run.decisions.front().action == SizeAction::kRecompute);
  CHECK(run.decisions.front().recompute);
  CHECK_FALSE(run.decisions.front().from_recompute);
  REQUIRE(run.decisions[1].notices.size() == 1);
  CHECK(run.decisions[1].notices[0].find("3.3 times the pixels fit") != std::string::npos);
  CHECK(run.decisions[1].action == SizeAction::kGrowLq);
  CHECK(recompute_decisions(run) == 1);
  CHECK(run.optimizer.recompute());
  CHECK(run.first_window_in_band() <= 6);
  CHECK(run.optimizer.counters().ooms == 0);
  CHECK(run.optimizer.size().lq_size > without.optimizer.size().lq_size);
  CHECK(run.optimizer.size().pixels() > 2 * without.optimizer.size().pixels());
}

TEST_CASE("blocks are computed once again where that saves too little", "[automation]") {
  SimRun without(device(0.8), settings(false));
  without.run_windows(12);
  SimRun run(device(0.8), settings());
  run.run_windows(14);
  CHECK(run.violations.empty());
  CHECK(recompute_decisions(run) == 2);  // on, off, and never again
  CHECK(run.decisions[1].action == SizeAction::kRecompute);
  CHECK_FALSE(run.decisions[1].recompute);
  CHECK(run.decisions[1].from_recompute);
  CHECK_FALSE(run.optimizer.recompute());
  CHECK(run.optimizer.size() == without.optimizer.size());
}

TEST_CASE("nothing is tried where the largest lq_size fits", "[automation]") {
  sr::SizeControllerSettings small = settings();
  small.max_lq_size = 64;
  SimRun run(device(0.3), small);
  run.run_windows(12);
  CHECK(recompute_decisions(run) == 0);
  CHECK(run.optimizer.size().lq_size == 64);
}

TEST_CASE("a run that starts inside the band tries it as well", "[automation]") {
  sr::SizeControllerSettings there = settings();
  there.configured = {104, 5};
  SimRun run(device(0.3), there);
  run.run_windows(10);
  CHECK(run.in_band(run.decisions.front().usage));
  CHECK(run.decisions.front().action == SizeAction::kRecompute);
  CHECK(run.optimizer.size().lq_size > 104);
  CHECK(run.in_band(run.decisions.back().usage));
}

TEST_CASE("memory that runs out during the trial decides it", "[automation]") {
  SimRun run(device(0.9), settings());
  run.run_windows(1);
  REQUIRE(run.optimizer.recompute());
  run.device.fail_next(1);
  run.run_windows(8);
  CHECK(run.violations.empty());
  CHECK(run.optimizer.recompute());
  CHECK(recompute_decisions(run) == 1);
}

TEST_CASE("saving and loading at any step of a run with blocks computed twice is invisible",
          "[automation]") {
  const double share = GENERATE(0.3, 0.8);
  SimRun whole(device(share), settings());
  whole.run_windows(10);
  SimRun pieces(device(share), settings());
  pieces.save_and_load = true;
  pieces.run_windows(10);
  CHECK(pieces.violations.empty());
  CHECK(pieces.log == whole.log);
}

TEST_CASE("a state with blocks computed twice keeps its counters where that is not allowed",
          "[automation]") {
  SimRun run(device(0.3), settings());
  run.run_windows(8);
  REQUIRE(run.optimizer.recompute());
  DynamicBatchSizeOptimizer edited(settings(false));
  CHECK_FALSE(edited.restore(run.optimizer.state()));
  CHECK_FALSE(edited.recompute());
  CHECK(edited.size() == TrainingSize{32, 4});
  CHECK(edited.counters().windows == 8);
}

TEST_CASE("a state of a version without the choice is read", "[automation]") {
  sr::Json old = DynamicBatchSizeOptimizer(settings()).state();
  old.erase("recompute");
  DynamicBatchSizeOptimizer optimizer(settings());
  CHECK(optimizer.restore(old));
  CHECK_FALSE(optimizer.recompute());
}

TEST_CASE("no rule is broken on 300 devices where blocks can be computed twice", "[automation]") {
  for (std::uint64_t index = 0; index < 300; ++index) {
    const auto draw = [&](std::uint64_t what) {
      return sr::unit(sr::hash(index, what, sr::Stream::kPermutation));
    };
    SimDeviceSpec spec = device(0.2 + 0.8 * draw(0));
    spec.seed = index;
    spec.total = static_cast<std::int64_t>(60e6 + 2e9 * draw(1));
    spec.noise = 0.04 * draw(2);
    spec.fragmentation = 1 + 0.2 * draw(3);
    SimRun run(spec, settings());
    run.run_windows(6);
    run.device.set_external(static_cast<std::int64_t>(0.5 * draw(4) * double(spec.total)));
    run.run_windows(6);
    run.device.set_external(0);
    run.run_windows(20);
    INFO("device " << index);
    if (!run.violations.empty()) {
      FAIL_CHECK(run.violations.front());
    }
    CHECK(recompute_decisions(run) <= 2);
  }
}
