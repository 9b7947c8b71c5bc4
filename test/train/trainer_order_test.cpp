#include <cstdint>
#include <vector>

#include "core/error.h"
#include "support/catch.h"
#include "train/fake_run.h"
#include "train/trainer.h"

// What comes before what in a run: learning rates, sizes, states and validations.

namespace {

using namespace sr;
using test::fake_config;
using test::FakeBatches;
using test::FakeRun;
using test::FakeStep;
using test::validating_config;

using Steps = std::vector<std::int64_t>;

/// The fakes use half of the memory: sizes grow with every second step.
Config growing_config() {
  Config config = fake_config();
  config.size_optimizer.emplace();
  config.size_optimizer->adjustment_frequency = 2;
  return config;
}

}  // namespace

TEST_CASE("a step has the learning rate of its beginning, tried again or not", "[train]") {
  Config config = fake_config();
  config.train.optim_g.lr = 1;
  config.train.warmup_iter = 4;
  FakeRun run(config);
  run.step.outcomes[2] = FakeStep::shortage;
  REQUIRE(run.train() == ExitCode::kDone);
  std::vector<double> rates;
  for (const LearningRates& one : run.step.rates) {
    rates.push_back(one.generator);
  }
  CHECK(rates == std::vector<double>{0.25, 0.5, 0.75, 1, 1, 1});
  CHECK(run.all<TickEvent>().front().lr == 0.25);
}

TEST_CASE("a state is saved before the validation of its step, and with its scores behind it",
          "[train]") {
  Config config = validating_config();
  config.logger.save_checkpoint_freq = 3;
  FakeRun run(config);
  std::vector<Steps> saved_before;
  run.scorer.on_run = [&](std::int64_t) { saved_before.push_back(run.saved_steps()); };
  REQUIRE(run.train() == ExitCode::kDone);
  CHECK(saved_before == std::vector<Steps>{{3}, {3, 6}});
  CHECK(run.saved_steps() == Steps{3, 6, 6});
  CHECK(run.checkpoints.saved[0].run.state.validated_step == -1);
  CHECK(run.checkpoints.saved[1].run.state.validated_step == 3);
  CHECK(run.checkpoints.saved[2].run.state.validated_step == 6);
}

TEST_CASE("every checkpoint is reported once at its own step, before the end", "[train]") {
  const bool validated = GENERATE(false, true);  // then the last step's is written twice
  Config config = validated ? validating_config() : fake_config();
  config.logger.save_checkpoint_freq = 2;
  FakeRun run(config);
  run.checkpoints.writes_late = GENERATE(false, true);
  REQUIRE(run.train() == ExitCode::kDone);
  CHECK(run.saved_steps() == (validated ? Steps{2, 4, 6, 6} : Steps{2, 4, 6}));
  Steps reported;
  for (const Event& event : run.events) {
    if (const auto* checkpoint = std::get_if<CheckpointEvent>(&event.data)) {
      reported.push_back(event.step);
      CHECK(checkpoint->path == std::to_string(event.step));
    }
  }
  CHECK(reported == Steps{2, 4, 6});
  CHECK(std::holds_alternative<EndEvent>(run.events.back().data));
}

TEST_CASE("a decision is in force for the next batch, which was cut at the old size", "[train]") {
  Config config = growing_config();
  config.train.total_iter = 3;
  FakeRun run(config);
  REQUIRE(run.train() == ExitCode::kDone);
  const auto decisions = run.all<Decision>();
  REQUIRE(decisions.size() == 1);
  CHECK(decisions.front().from == TrainingSize{32, 4});
  CHECK(decisions.front().size.pixels() > TrainingSize{32, 4}.pixels());
  CHECK((run.batches.foreseen == std::vector<FakeBatches::Asked>{{4, {32, 4}}, {8, {32, 4}}}));
  CHECK((run.batches.taken.back() == FakeBatches::Asked{8, decisions.front().size}));
  CHECK(run.memory.emptied == 1);
}

TEST_CASE("a size that a library cannot compute is left and the step is taken as before",
          "[train]") {
  FakeRun run(growing_config());
  run.step.outcomes[3] = [] { return LibraryError{"too many elements", FakeStep::memory(), 10}; };
  REQUIRE(run.train() == ExitCode::kDone);
  CHECK(run.batches.taken[2].size.pixels() > TrainingSize{32, 4}.pixels());
  CHECK((run.batches.taken[3] == FakeBatches::Asked{8, {32, 4}}));
  CHECK(run.step.plans[3].step == 2);
  CHECK(run.step.rates.size() == 6);
  const auto decisions = run.all<Decision>();
  REQUIRE(decisions.size() >= 2);
  CHECK_THAT(decisions[1].reason, Catch::Contains("too many elements"));
  CHECK(decisions[1].size == TrainingSize{32, 4});
  CHECK(run.end().steps_lost == 0);
  CHECK(run.end().ooms == 0);
}

TEST_CASE("a step is recorded only where sizes have settled", "[train]") {
  FakeRun growing(growing_config());
  FakeRun fixed;
  REQUIRE(growing.train() == ExitCode::kDone);
  REQUIRE(fixed.train() == ExitCode::kDone);
  CHECK_FALSE(growing.step.plans.front().sizes_settled);
  CHECK(fixed.step.plans.front().sizes_settled);
}

TEST_CASE("a signal in the last validation is the run's exit code", "[train]") {
  Config config = validating_config();
  config.train.total_iter = 3;
  FakeRun run(config);
  run.scorer.on_run = [&](std::int64_t) {
    run.stop = StopRequest{ExitCode::kInterrupted, "SIGINT"};
  };
  CHECK(run.train() == ExitCode::kInterrupted);
  CHECK(run.end().reason == "stopped by a signal (SIGINT)");
  CHECK(run.all<ValidationEvent>().empty());
  const RunState& state = run.checkpoints.saved.back().run.state;
  CHECK(state.step == 3);
  CHECK(state.validated_step == -1);

  FakeRun next(config);
  next.start.state = state;
  next.start.resumed = true;
  CHECK(next.train() == ExitCode::kDone);
  CHECK(next.step.plans.empty());
  CHECK(next.scorer.steps == Steps{3});
  CHECK(next.checkpoints.saved.back().run.state.validated_step == 3);
}

TEST_CASE("what the machine has to say is told after the step", "[train]") {
  FakeRun run;
  run.batches.on_take = [&](std::uint64_t cursor) {
    if (cursor == 4) {
      run.host_notice = "another program takes the processors";
    }
  };
  REQUIRE(run.train() == ExitCode::kDone);
  REQUIRE(run.all<NoticeEvent>().size() == 1);
  for (const Event& event : run.events) {
    if (const auto* notice = std::get_if<NoticeEvent>(&event.data)) {
      CHECK(event.step == 2);
      CHECK(notice->message == "another program takes the processors");
    }
  }
}

namespace {

/// Other processes whose sums broke off in the third step.
struct BrokenOff final : Agreement {
  int attempts = 0;
  Attempt agree(Attempt own, const StepPlace& /*place*/, Step& /*step*/) override {
    if (++attempts == 3) {
      throw DataError("rank 1 is gone");
    }
    return own;
  }
  bool state_is_intact() const override { return attempts < 3; }
};

}  // namespace

TEST_CASE("nothing is saved of numbers that processes have not agreed on", "[train]") {
  FakeRun run;
  BrokenOff others;
  run.agreement = &others;
  CHECK_THROWS_WITH(run.train(), "rank 1 is gone");
  CHECK(run.saved_steps() == Steps{2});
  REQUIRE(run.all<WarningEvent>().size() == 1);
  CHECK_THAT(run.all<WarningEvent>().front().message, Catch::Contains("this state is not saved"));
  CHECK(run.end().steps_lost == 1);
}
