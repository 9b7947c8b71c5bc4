#include <cstdint>
#include <vector>

#include "core/error.h"
#include "recipe/cosine.h"
#include "support/catch.h"
#include "train/fake_run.h"
#include "train/trainer.h"

// What ends a run beside total_iter: samples, pixels and hours.

namespace {

using namespace sr;
using test::FakeRun;
using test::validating_config;

using Steps = std::vector<std::int64_t>;

/// Steps of 10 seconds each, at the times when they are committed.
void take_time(FakeRun& run) {
  run.batches.on_take = [&run](std::uint64_t) { run.seconds += 10; };
}

std::vector<int> clock_of(const FakeRun& run) {
  std::vector<int> readings;
  for (const ClockEvent& event : run.all<ClockEvent>()) {
    readings.push_back(event.permille);
  }
  return readings;
}

Config hours_config(double seconds) {
  Config config = validating_config();
  config.train.total_iter = 0;
  config.train.max_hours = seconds / 3600;
  config.train.schedule_by = ScheduleUnit::kHours;
  config.train.optim_g.lr = 1;
  config.train.scheduler.type = "CosineAnnealingLR";
  config.train.scheduler.options = recipe::CosineOptions{};
  return config;
}

}  // namespace

TEST_CASE("samples and pixels end a run as steps do", "[train]") {
  Config config = validating_config();
  config.scale = 2;
  config.train.total_iter = 1000;
  SECTION("samples") {
    config.train.total_samples = 17;  // in the 5th step of 4
  }
  SECTION("pixels") {
    config.train.total_pixels = 16 * 64 * 64 + 1;
  }
  const bool by_samples = config.train.total_samples > 0;
  FakeRun run(config);
  CHECK(run.train() == ExitCode::kDone);
  CHECK(run.end().reason == (by_samples ? "total_samples reached" : "total_pixels reached"));
  CHECK(run.end().samples == 20);
  CHECK(run.saved_steps() == Steps{2, 4, 5, 5});
  CHECK(run.scorer.steps == Steps{3, 5});
  CHECK(run.batches.foreseen.size() == 4);
  const RunState& last = run.checkpoints.saved.back().run.state;
  CHECK(last.pixels == 20 * 64 * 64);
  CHECK(run.all<ProgressEvent>().back().pixels == 20 * 64 * 64);
  CHECK(run.all<TickEvent>().front().share == Approx(0.24).epsilon(0.1));
}

TEST_CASE("hours end a run, and its schedule is at its end", "[train]") {
  FakeRun run(hours_config(95));
  take_time(run);
  CHECK(run.train() == ExitCode::kDone);
  CHECK(run.step.rates.size() == 10);
  CHECK(run.end().reason == "max_hours reached");
  CHECK(run.checkpoints.saved.back().run.state.seconds == 100);
  CHECK(clock_of(run) == std::vector<int>{105, 210, 315, 421, 526, 631, 736, 842, 947, 1000});
  CHECK(run.step.rates.front().generator == Approx(0.97).epsilon(0.01));
  CHECK(run.step.rates.back().generator == Approx(0).margin(1e-9));
  CHECK(run.all<ProgressEvent>().back().eta_s == 0);
}

TEST_CASE("a run that is resumed goes on with the time that it had", "[train]") {
  FakeRun before(hours_config(95));
  take_time(before);
  before.step.on_commit = [&] {
    if (before.step.rates.size() == 5) {
      before.stop = StopRequest{ExitCode::kTerminated, "SIGTERM"};
    }
  };
  CHECK(before.train() == ExitCode::kTerminated);
  FakeRun after(hours_config(95));
  take_time(after);
  after.start.state = before.checkpoints.saved.back().run.state;
  after.start.resumed = true;
  CHECK(after.train() == ExitCode::kDone);
  CHECK(before.step.rates.size() + after.step.rates.size() == 10);
  CHECK(clock_of(after).front() == 736);  // the 7th step
}

TEST_CASE("a clock schedule repeats the learning rates of a run", "[train]") {
  FakeRun run(hours_config(95));
  take_time(run);
  run.train();
  Config config = hours_config(95);
  config.train.total_iter = 10;
  for (const Event& event : run.events) {
    if (const auto* clock = std::get_if<ClockEvent>(&event.data)) {
      config.train.clock_schedule.push_back({event.step, clock->permille});
    }
  }
  FakeRun replay(config);  // whose clock stands still
  CHECK(replay.train() == ExitCode::kDone);
  REQUIRE(replay.step.rates.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(replay.step.rates[i].generator == run.step.rates[i].generator);
  }
  CHECK(clock_of(replay) == clock_of(run));
  CHECK(replay.end().reason == "total_iter reached");
}
