#include "automation/dynamic_batch_size_optimizer.h"

#include "automation/readings.h"
#include "core/error.h"
#include "core/units.h"
#include "support/catch.h"
#include "support/sim_device.h"
#include "support/size_text.h"

using sr::DynamicBatchSizeOptimizer;
using sr::SizeAction;
using sr::TrainingSize;
using sr::test::kTotal;
using sr::test::settings;
using sr::test::SimDeviceSpec;
using sr::test::SimRun;
using sr::test::window;

namespace {

/// Compact 24x8 x2 as measured on the CPU.
SimDeviceSpec compact(std::int64_t limit) {
  SimDeviceSpec spec;
  spec.total = limit;
  spec.fixed = 1'000'000;
  spec.bytes_per_pixel = 2000;
  return spec;
}

}  // namespace

TEST_CASE("the first answer depends on where usage is", "[automation]") {
  struct Row {
    double usage;
    TrainingSize configured, now;
    SizeAction action;
  };
  const std::vector<Row> table = {
      {0.60, {64, 4}, {64, 4}, SizeAction::kGrowLq},
      {0.70, {64, 8}, {64, 8}, SizeAction::kGrowBatch},
      {0.80, {64, 4}, {64, 4}, SizeAction::kHold},
      {0.82, {64, 4}, {64, 4}, SizeAction::kHold},
      {0.90, {64, 4}, {64, 4}, SizeAction::kHold},
      {0.92, {64, 4}, {64, 8}, SizeAction::kShrinkBatch},
      {0.92, {64, 4}, {96, 4}, SizeAction::kShrinkLq},
      {0.98, {64, 4}, {64, 4}, SizeAction::kShrinkBatch},
      {0.98, {64, 2}, {64, 2}, SizeAction::kShrinkLq},
      {0.98, {32, 2}, {32, 2}, SizeAction::kHold},
      {0.50, {256, 64}, {256, 64}, SizeAction::kHold},
      {0.50, {256, 8}, {256, 8}, SizeAction::kGrowBatch},
  };
  for (const auto& row : table) {
    INFO(row.usage << " at " << row.now.lq_size << " x " << row.now.batch_size);
    DynamicBatchSizeOptimizer optimizer(settings(row.configured));
    const auto decision = optimizer.decide(window(row.usage), row.now);
    CHECK(sr::name_of(decision.action) == sr::name_of(row.action));
    CHECK(optimizer.size() == decision.size);
    CHECK(decision.usage == Approx(row.usage));
    CHECK_FALSE(decision.reason.empty());
  }
}

TEST_CASE("a change of both dimensions is named by lq_size", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 4}));
  optimizer.decide(window(0.10), {64, 4});
  const auto decision = optimizer.decide(window(0.145), optimizer.size());
  CHECK(decision.action == SizeAction::kGrowLq);
}

TEST_CASE("shrinking lands at the target at once", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 4}));
  const auto decision = optimizer.decide(window(0.98), {64, 20});
  CHECK(decision.size == TrainingSize{64, 17});  // 0.98 / 20 a sample
  CHECK(decision.predicted_usage <= 0.85);
  CHECK(decision.predicted_usage > 0.80);
}

TEST_CASE("a decision explains itself", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 4}));
  const auto grown = optimizer.decide(window(0.10), {64, 4});
  CHECK(grown.reason.find("10.0 % of memory is below 80 %, on the way to") == 0);
  CHECK(grown.model.fixed_bytes == kTotal / 100);
  CHECK(grown.model.bytes_per_lq_pixel == Approx(90'000'000.0 / 16384));
  CHECK(grown.model.reserve == 0.02);
  CHECK(grown.predicted_usage > 0.10);
  CHECK_FALSE(grown.converged);

  DynamicBatchSizeOptimizer coarse(settings({64, 2}));
  const auto stuck = coarse.decide(window(0.70), {64, 2});
  CHECK(stuck.action == SizeAction::kHold);
  REQUIRE(stuck.rejected.size() == 2);
  CHECK(stuck.rejected[0].size == TrainingSize{72, 2});
  CHECK(stuck.rejected[0].reason.find("predicted at") == 0);
}

TEST_CASE("Compact grows into the band on the CPU under every limit", "[automation]") {
  for (const std::int64_t limit :
       {128 * sr::kMiB, 256 * sr::kMiB, 512 * sr::kMiB, 1 * sr::kGiB, 2 * sr::kGiB}) {
    INFO(sr::exact_bytes(limit));
    SimRun run(compact(limit), settings({32, 4}));
    run.run_windows(9);
    CHECK(run.violations.empty());
    CHECK(run.recoveries.empty());
    CHECK(run.first_window_in_band() >= 1);
    CHECK(run.first_window_in_band() <= 5);
    CHECK(run.optimizer.counters().adjustments <= 5);
    CHECK(run.optimizer.converged());
    const auto reached = static_cast<std::size_t>(run.first_window_in_band()) - 1;
    for (std::size_t i = reached; i < run.decisions.size(); ++i) {
      CHECK(run.in_band(run.decisions[i].usage));
      CHECK(run.decisions[i].action == SizeAction::kHold);
    }
  }
}

TEST_CASE(
    "a start far too big takes its first step after at most three failures and ends in the band",
    "[automation]") {
  for (const std::int64_t limit : {128 * sr::kMiB, 256 * sr::kMiB, 512 * sr::kMiB}) {
    INFO(sr::exact_bytes(limit));
    SimRun run(compact(limit), settings({128, 64}));
    run.run_windows(8);
    CHECK(run.violations.empty());
    CHECK(run.recoveries.size() <= 3);
    CHECK_FALSE(run.gave_up);
    CHECK(run.in_band(run.decisions.back().usage));
  }
}

TEST_CASE("small images stop lq_size and the batch goes on into the band", "[automation]") {
  auto t91 = settings({32, 4});
  t91.data_lq_limit = 56;
  SimRun run(compact(256 * sr::kMiB), t91);
  run.run_windows(9);
  CHECK(run.optimizer.size().lq_size == 56);
  CHECK(run.in_band(run.decisions.back().usage));
  int said = 0;
  for (const auto& decision : run.decisions) {
    for (const auto& notice : decision.notices) {
      said += notice.find("lq_size stops at 56") == 0 ? 1 : 0;
    }
  }
  CHECK(said == 1);
}

TEST_CASE("max_adjustments ends growth and shrinking for the whole run and says so once",
          "[automation]") {
  auto limited = settings({32, 4});
  limited.max_adjustments = 2;
  SimRun run(compact(sr::kGiB), limited);
  run.run_windows(8);
  CHECK(run.optimizer.counters().adjustments == 2);
  CHECK(run.decisions[2].notices.size() == 1);
  CHECK(run.decisions[3].notices.empty());
}

TEST_CASE("once settled nothing moves until memory use does", "[automation]") {
  auto device = compact(256 * sr::kMiB);
  device.noise = 0.03;
  SimRun run(device, settings({32, 4}));
  run.run_windows(100);
  std::int64_t late = 0;
  for (std::size_t i = 15; i < run.decisions.size(); ++i) {
    late += run.decisions[i].action != SizeAction::kHold ? 1 : 0;
  }
  CHECK(late == 0);
}

TEST_CASE("a settled run grows again when usage falls by more than the margin", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 8}));
  optimizer.decide(window(0.82), {64, 8});
  REQUIRE(optimizer.converged());
  CHECK(optimizer.decide(window(0.78), {64, 8}).action == SizeAction::kHold);
  for (int i = 0; i < 10; ++i) {  // the model forgets the old peak little by little
    optimizer.decide(window(0.50), optimizer.size());
  }
  CHECK(optimizer.size().pixels() > TrainingSize{64, 8}.pixels());
}

TEST_CASE("retries in two windows in a row shrink without any failure and do not come back",
          "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 8}));
  auto retrying = window(0.84);
  retrying.retries = 1;
  CHECK(optimizer.decide(retrying, {64, 8}).action == SizeAction::kHold);
  CHECK(optimizer.proven().proof_of({64, 8}) == nullptr);
  const auto second = optimizer.decide(retrying, {64, 8});
  CHECK(second.action == SizeAction::kShrinkBatch);
  CHECK(optimizer.frontier().blocked({64, 8}));
}

TEST_CASE("a device filled by others shrinks training although its own usage is low",
          "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 8}));
  const auto decision = optimizer.decide(window(0.70, 0.28), {64, 8});
  CHECK(decision.action == SizeAction::kShrinkBatch);
  CHECK(decision.device_usage == Approx(0.98));
  CHECK(decision.predicted_usage + 0.28 <= 0.97);
}

TEST_CASE("a target that others make unreachable is said once", "[automation]") {
  auto device = compact(256 * sr::kMiB);
  device.external = device.total / 3;
  SimRun run(device, settings({32, 4}));
  run.run_windows(30);
  int said = 0;
  for (const auto& decision : run.decisions) {
    said += static_cast<int>(decision.notices.size());
  }
  CHECK(said == 1);
  CHECK(run.optimizer.converged());
  CHECK(run.recoveries.empty());
  CHECK(run.decisions.back().device_usage <= 0.97);
  CHECK(run.decisions.back().device_usage > 0.90);
}

TEST_CASE("what a small size wastes does not keep a large one from the band", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({32, 4}));
  auto small = window(0.05);
  small.reserved_peak = small.alloc_peak * 13 / 10;
  optimizer.decide(small, {32, 4});
  auto large = window(0.60);
  large.reserved_peak = large.alloc_peak * 102 / 100;
  CHECK(optimizer.decide(large, {64, 8}).predicted_usage > 0.80);
  // What the same size shows once more than the other times counts.
  large.reserved_peak = large.alloc_peak * 13 / 10;
  CHECK(optimizer.decide(large, {64, 8}).predicted_usage < 0.97 / 1.3);
}

TEST_CASE("a second program leads to a temporary rollback and growth back and leaves no entry",
          "[automation]") {
  const auto device = compact(256 * sr::kMiB);
  SimRun run(device, settings({32, 4}));
  run.run_windows(7);
  const TrainingSize before = run.optimizer.size();
  REQUIRE(run.in_band(run.decisions.back().usage));
  run.device.set_external(device.total * 4 / 10);
  run.run_windows(3);
  REQUIRE_FALSE(run.recoveries.empty());
  CHECK(run.recoveries.front().kind == sr::FailureClass::kExternal);
  CHECK(run.optimizer.size().pixels() < before.pixels());
  run.device.set_external(0);
  run.run_windows(12);
  CHECK(run.violations.empty());
  CHECK(run.in_band(run.decisions.back().usage));
  CHECK(run.optimizer.frontier().genuine().empty());
  CHECK(run.optimizer.frontier().anomalies().empty());
}

TEST_CASE("settings that contradict each other are refused", "[automation]") {
  CHECK_THROWS_AS(DynamicBatchSizeOptimizer(settings({16, 4})), sr::ConfigError);
}
