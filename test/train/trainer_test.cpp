#include "train/trainer.h"

#include <cmath>
#include <new>
#include <stdexcept>

#include "core/error.h"
#include "support/catch.h"
#include "train/fake_run.h"

namespace {

using namespace sr;
using test::fake_config;
using test::FakeBatches;
using test::FakeRun;
using test::FakeStep;
using test::validating_config;

using Steps = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a run takes each sample once and saves at its steps", "[train]") {
  FakeRun run;
  CHECK(run.train() == ExitCode::kDone);
  std::vector<FakeBatches::Asked> each;
  for (std::uint64_t cursor = 0; cursor < 24; cursor += 4) {
    each.push_back({cursor, {32, 4}});
  }
  CHECK((run.batches.taken == each));
  each.erase(each.begin());  // nothing is foreseen beyond the end
  CHECK((run.batches.foreseen == each));
  CHECK(run.saved_steps() == Steps{2, 4, 6});
  CHECK(run.checkpoints.saved.back().run.state.cursor == 24);
  CHECK(run.checkpoints.finished == 1);
  CHECK(run.end().exit_code == ExitCode::kDone);
  CHECK(run.end().reason == "total_iter reached");
  CHECK(run.end().samples == 24);
  CHECK(run.all<ProgressEvent>().size() == 3);
  CHECK(run.all<ProgressEvent>().back().memory_usage == 0.5);
}

TEST_CASE("memory that runs out at step 3 costs time and nothing else", "[train]") {
  FakeRun run;
  run.step.outcomes[3] = run.step.outcomes[4] = FakeStep::shortage;
  CHECK(run.train() == ExitCode::kDone);
  REQUIRE(run.step.plans.size() == 8);
  for (const std::size_t attempt : {2, 3, 4}) {
    CHECK(run.step.plans[attempt].step == 2);
    CHECK((run.batches.taken[attempt] == FakeBatches::Asked{8, {32, 4}}));
  }
  CHECK(run.step.plans[2].cut.micro_batch == 0);
  CHECK(run.step.plans[4].cut.micro_batch > 0);
  CHECK(run.step.rates.size() == 6);
  CHECK(run.step.undone == 0);
  const auto failures = run.all<OutOfMemoryEvent>();
  REQUIRE(failures.size() == 2);
  CHECK(failures.back().to_micro_batch == run.step.plans[4].cut.micro_batch);
  CHECK(run.end().ooms == 2);
  CHECK(run.end().steps_lost == 0);
  CHECK(run.end().samples_lost == 0);
  CHECK(run.checkpoints.saved.back().run.size.micro_batch == failures.back().to_micro_batch);
}

TEST_CASE("memory that never suffices ends the run with the state of the step before", "[train]") {
  FakeRun run;
  for (int attempt = 4; attempt < 30; ++attempt) {
    run.step.outcomes[attempt] = FakeStep::shortage;
  }
  CHECK_THROWS_AS(run.train(), DoesNotFitError);
  CHECK(run.saved_steps() == Steps{2, 3});
  CHECK(run.end().exit_code == ExitCode::kDoesNotFit);
  CHECK(run.end().steps_lost == 0);  // it is taken again when the run goes on
  CHECK(run.end().samples == 12);
}

TEST_CASE("a refusal that LibTorch worked around is told and the step committed", "[train]") {
  FakeRun run;
  run.sizes = make_size_policy(run.config,
                               {.micro_batches_allowed = true, .cuda = true, .environment = "test"},
                               run.numerics);
  run.step.outcomes[2] = [] {
    Completed attempt = FakeStep::good();
    attempt.worked_around = OutOfMemory{7, "allocator", ""};
    attempt.rank = 1;
    return attempt;
  };
  CHECK(run.train() == ExitCode::kDone);
  CHECK(run.step.plans.size() == 6);
  REQUIRE(run.all<OutOfMemoryEvent>().size() == 1);
  CHECK(run.all<OutOfMemoryEvent>().front().kind == "soft");
  CHECK(run.all<OutOfMemoryEvent>().front().requested_bytes == 7);
  CHECK(run.all<OutOfMemoryEvent>().front().rank == 1);
  CHECK(run.end().ooms == 1);
}

TEST_CASE("an error of a library at a size that was trained ends the run", "[train]") {
  FakeRun run;
  run.step.outcomes[2] = [] { return LibraryError{"cannot compute that", {}, 0}; };
  CHECK_THROWS_WITH(run.train(), "cannot compute that");
  CHECK(run.end().exit_code == ExitCode::kUnexpected);
  CHECK(run.end().reason == "unexpected error: cannot compute that");
  CHECK(run.saved_steps() == Steps{1});
}

TEST_CASE("the last step tells how far it came, whatever print_freq is", "[train]") {
  Config config = fake_config();
  config.logger.print_freq = 4;
  FakeRun run(config);
  CHECK(run.train() == ExitCode::kDone);
  CHECK(run.all<ProgressEvent>().size() == 2);
  CHECK(run.end().samples == 24);
}

TEST_CASE("a score that is not finite is reported and counts for nothing", "[train]") {
  FakeRun run(validating_config());
  run.scorer.scores = {INFINITY, 25, NAN};
  run.config.train.total_iter = 9;
  CHECK(run.train() == ExitCode::kDone);
  CHECK(run.scorer.steps == Steps{3, 6, 9});
  REQUIRE(run.checkpoints.best.size() == 1);
  CHECK(run.checkpoints.best.front().step == 6);
  CHECK(run.checkpoints.best.front().score == 25);
  const RunState& last = run.checkpoints.saved.back().run.state;
  CHECK(last.best == std::map<std::string, double>{{"set5/psnr", 25}});
  CHECK(last.best_score == 25);
  CHECK(last.validated_step == 9);
  const auto validations = run.all<ValidationEvent>();
  REQUIRE(validations.size() == 3);
  CHECK(std::isnan(validations[0].best));
  CHECK(validations[1].is_best);
  CHECK_FALSE(validations[2].is_best);
}

TEST_CASE("a state tells of tiles that memory made smaller, and not of those that were asked for",
          "[train]") {
  const int found = test::FakeScorer().tile_size();
  const int asked_for = GENERATE(0, 64);
  FakeRun run(validating_config());
  run.config.val.tile_size = asked_for;
  run.config.train.total_iter = 6;
  CHECK(run.train() == ExitCode::kDone);
  CHECK(run.checkpoints.saved.back().run.state.validation_tile == (asked_for == found ? 0 : found));
}

TEST_CASE("a validation that fails has no scores and ends nothing", "[train]") {
  FakeRun run(validating_config());
  run.scorer.on_run = [](std::int64_t step) {
    if (step == 3) {
      throw DataError("set5/baby.png is gone");
    }
  };
  CHECK(run.train() == ExitCode::kDone);
  REQUIRE(run.all<WarningEvent>().size() == 1);
  CHECK_THAT(run.all<WarningEvent>().front().message, Catch::Contains("set5/baby.png is gone"));
  CHECK(std::isnan(run.all<ValidationEvent>().front().metrics.front().second));
  CHECK(run.checkpoints.best.size() == 1);
}

TEST_CASE("a signal in a commit ends the run after that step", "[train]") {
  FakeRun run;
  run.step.on_commit = [&] {
    if (run.step.rates.size() == 2) {
      run.stop = StopRequest{ExitCode::kTerminated, "SIGTERM"};
    }
  };
  CHECK(run.train() == ExitCode::kTerminated);
  CHECK(run.saved_steps() == Steps{2, 3});
  CHECK(run.end().samples == 12);
  CHECK(run.end().steps_lost == 0);
  CHECK(run.end().reason == "stopped by a signal (SIGTERM)");
}

TEST_CASE("a validation that a signal cut off is made up for by the next process", "[train]") {
  FakeRun run(validating_config());
  run.scorer.on_run = [&](std::int64_t) {
    run.stop = StopRequest{ExitCode::kInterrupted, "SIGINT"};
  };
  CHECK(run.train() == ExitCode::kInterrupted);
  CHECK(run.all<ValidationEvent>().empty());
  const RunState state = run.checkpoints.saved.back().run.state;
  CHECK(state.step == 3);
  CHECK(state.validated_step != 3);

  FakeRun next(validating_config());
  next.start.state = state;
  next.start.resumed = true;
  CHECK(next.train() == ExitCode::kDone);
  CHECK(next.scorer.steps == Steps{3, 6});
  CHECK(next.batches.taken.front().cursor == 12);
}

TEST_CASE("a step that cannot be recorded is told once and the run goes on", "[train]") {
  FakeRun run;
  run.step.graph_problem = "a stream is missing";
  CHECK(run.train() == ExitCode::kDone);
  REQUIRE(run.all<WarningEvent>().size() == 1);
  CHECK(run.all<WarningEvent>().front().message ==
        "cuda_graph: this step cannot be recorded, it goes on without: a stream is missing");
  CHECK(run.step.rates.size() == 6);
}

TEST_CASE("a run that is resumed after the floor ladder goes on at its rung", "[train]") {
  FakeRun before;
  before.step.outcomes[3] = before.step.outcomes[4] = FakeStep::shortage;
  before.config.train.total_iter = 4;
  REQUIRE(before.train() == ExitCode::kDone);
  const auto& saved = before.checkpoints.saved.back();
  REQUIRE(saved.run.size.micro_batch > 0);

  FakeRun after;
  after.start.state = saved.run.state;
  after.start.resumed = true;
  after.sizes->load(saved.sizes, saved.run.size);
  CHECK(after.train() == ExitCode::kDone);
  REQUIRE(after.step.plans.size() == 2);
  CHECK(after.step.plans.front().step == 4);
  CHECK(after.step.plans.front().cut.micro_batch == saved.run.size.micro_batch);
  CHECK(after.batches.taken.front().cursor == 16);
  CHECK(after.end().ooms == 2);
  CHECK(after.saved_steps() == Steps{6});
}

TEST_CASE("ten steps in a row without an update are a divergence", "[train]") {
  FakeRun run;
  run.config.train.total_iter = 100;
  run.step.on_commit = [&] {
    ++run.step.skipped;
    ++run.step.in_a_row;
  };
  CHECK_THROWS_AS(run.train(), DivergedError);
  CHECK(run.step.rates.size() == 10);
  CHECK(run.end().skipped == 10);
  CHECK(run.end().exit_code == ExitCode::kDiverged);
}

TEST_CASE("a run that has diverged does not end as if it had not", "[train]") {
  // Counters are on a device, which is not asked after every step.
  FakeRun run(validating_config());
  run.start.counters_are_free = false;
  run.config.logger.print_freq = 1000;
  run.config.val.val_freq = 1000;
  run.config.train.total_iter = 30;
  bool validated = false;
  SECTION("at the end of its length") {}
  SECTION("in a validation, which may stop it early") {
    run.config.train.total_iter = 1000;
    run.config.val.val_freq = 30;
    run.scorer.on_run = [&](std::int64_t) { validated = true; };
  }
  run.step.on_commit = [&] {
    ++run.step.skipped;
    ++run.step.in_a_row;
  };
  CHECK_THROWS_WITH(run.train(), Catch::Contains("30 steps in a row (steps 1 to 30)") &&
                                     Catch::Contains("those of step 0"));
  CHECK(run.step.rates.size() == 30);
  CHECK(run.end().skipped == 30);
  CHECK_FALSE(validated);
}

TEST_CASE("losses that are still on the device are part of what is saved", "[train]") {
  Config config = fake_config();
  config.learning_rate_scheduler.emplace();
  FakeRun run(config);
  CHECK(run.train() == ExitCode::kDone);
  CHECK(run.step.losses.empty());
  FakeRun longer(config);
  longer.config.train.total_iter = 4;
  CHECK(longer.train() == ExitCode::kDone);
  CHECK(run.checkpoints.saved.back().automations != longer.checkpoints.saved.back().automations);
  CHECK(run.checkpoints.saved[1].automations == longer.checkpoints.saved.back().automations);
}

namespace {

/// Another process that fails at one of its attempts, and has more in memory than this one.
struct OtherFails final : Agreement {
  int attempts = 0;
  int at = 0;
  std::vector<StepPlace> places;

  Attempt agree(Attempt own, const StepPlace& place, Step& step) override {
    places.push_back(place);
    if (++attempts != at) {
      return own;
    }
    step.undo(std::get<Completed>(std::move(own)));
    return FakeStep::shortage();
  }
};

}  // namespace

TEST_CASE("a step that another process could not take is taken back and tried again", "[train]") {
  FakeRun run;
  OtherFails other;
  other.at = 3;
  run.agreement = &other;
  CHECK(run.train() == ExitCode::kDone);
  CHECK(run.step.undone == 1);
  CHECK(run.step.rates.size() == 6);
  CHECK(run.step.plans.size() == 7);
  CHECK(run.batches.taken[2] == run.batches.taken[3]);
  CHECK(run.all<OutOfMemoryEvent>().size() == 1);
  CHECK(other.places[3].step == 2);
  CHECK(other.places[3].cursor == 8);
  CHECK(other.places[3].size == TrainingSize{32, 4});
}

TEST_CASE("accumulated parts are one batch and count as one step", "[train]") {
  Config config = fake_config();
  config.train_set.accum_iter = 3;
  FakeRun run(config);
  CHECK(run.train() == ExitCode::kDone);
  CHECK((run.batches.taken[1] == FakeBatches::Asked{12, {32, 12}}));
  CHECK(run.step.plans[1].cut.parts == 3);
  CHECK(run.end().samples == 72);
  CHECK(run.all<TickEvent>().front().size == TrainingSize{32, 4});
}

TEST_CASE("the best weights are those of the metric that best_by names", "[train]") {
  Config config = validating_config();
  config.val.metrics.push_back({"lpips", "calculate_lpips", 0, false, false});
  config.val.best_by = "lpips";
  FakeRun run(config);
  run.scorer.second = {{"lpips", 0.5}, {"lpips", 0.3}};
  run.scorer.scores = {30, 20};
  CHECK(run.train() == ExitCode::kDone);
  REQUIRE(run.checkpoints.best.size() == 2);
  CHECK(run.checkpoints.best.back().score == 0.3);
  CHECK(run.all<ValidationEvent>().back().best == 0.3);
}
