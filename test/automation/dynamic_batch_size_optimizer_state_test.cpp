#include "automation/dynamic_batch_size_optimizer.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/sim_device.h"
#include "support/size_text.h"

using sr::DynamicBatchSizeOptimizer;
using sr::TrainingSize;
using sr::test::SimRun;

namespace {

sr::SizeControllerSettings settings(const std::string& environment = "this device and network") {
  sr::SizeControllerSettings made;
  made.configured = {64, 4};
  made.adjustment_frequency = 5;
  made.environment = environment;
  return made;
}

/// After growth, a genuine failure, an anomaly and an external load.
sr::Json used_state() {
  sr::test::SimDeviceSpec spec;
  spec.total = 512'000'000;
  spec.jump = 0.2;
  spec.jump_from = 150'000;
  SimRun run(spec, settings());
  run.run_windows(6);
  run.device.set_external(200'000'000);
  run.run_windows(2);
  REQUIRE(run.optimizer.counters().ooms > 0);
  REQUIRE(run.optimizer.size() != TrainingSize{64, 4});
  return run.optimizer.state();
}

}  // namespace

TEST_CASE("a restored optimizer is the saved one", "[automation]") {
  const sr::Json saved = used_state();
  DynamicBatchSizeOptimizer restored(settings());
  CHECK(restored.restore(sr::Json::parse(saved.dump())));
  CHECK(restored.state() == saved);
  CHECK(restored.size() == saved.at("size").get<TrainingSize>());
}

TEST_CASE("under another environment only counters remain and the smaller size is taken",
          "[automation]") {
  const sr::Json saved = used_state();
  const auto last = saved.at("size").get<TrainingSize>();
  DynamicBatchSizeOptimizer restored(settings("another device"));
  CHECK_FALSE(restored.restore(saved));
  CHECK(restored.size() == TrainingSize{std::min(64, last.lq_size), std::min(4, last.batch_size)});
  CHECK(restored.counters().ooms > 0);
  CHECK(restored.counters().adjustments > 0);
  CHECK(restored.frontier().genuine().empty());
  CHECK(restored.frontier().anomalies().empty());
  CHECK(restored.proven().entries().empty());
}

TEST_CASE("edited bounds win over the saved size", "[automation]") {
  const sr::Json saved = used_state();
  auto edited = settings();
  edited.max_lq_size = 72;
  DynamicBatchSizeOptimizer restored(edited);
  CHECK(restored.restore(saved));
  CHECK(restored.size().lq_size <= 72);
}

TEST_CASE("an edited target is sought although the saved run had settled", "[automation]") {
  sr::test::SimDeviceSpec spec;
  spec.total = 256'000'000;
  SimRun run(spec, settings());
  run.run_windows(10);
  REQUIRE(run.optimizer.converged());
  auto edited = settings();
  edited.target_vram_usage = 0.5;
  DynamicBatchSizeOptimizer same(settings()), other(edited);
  same.restore(run.optimizer.state());
  other.restore(run.optimizer.state());
  CHECK(same.converged());
  CHECK_FALSE(other.converged());
}

TEST_CASE("a damaged state is refused as a checkpoint error and changes nothing", "[automation]") {
  sr::Json damaged = used_state();
  damaged["model"].erase("points");
  DynamicBatchSizeOptimizer optimizer(settings());
  const sr::Json before = optimizer.state();
  CHECK_THROWS_AS(optimizer.restore(damaged), sr::CheckpointError);
  CHECK_THROWS_AS(optimizer.restore(sr::Json("text")), sr::CheckpointError);
  CHECK(optimizer.state() == before);
}
