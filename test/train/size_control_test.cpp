#include "train/size_control.h"

#include <torch/torch.h>

#include "core/error.h"
#include "core/units.h"
#include "support/catch.h"
#include "train/train_steps.h"

namespace {

using namespace sr;

Config base_config() {
  Config config;
  config.scale = 2;
  config.train_set.lq_size = 32;
  config.train_set.batch_size_per_gpu = 4;
  return config;
}

Config dynamic_config(std::int64_t adjustment_frequency) {
  Config config = base_config();
  config.size_optimizer = SizeOptimizerConfig{};
  config.size_optimizer->adjustment_frequency = adjustment_frequency;
  return config;
}

SizeControl::Surroundings surroundings() {
  SizeControl::Surroundings result;
  result.largest_lq_size = 256;
  result.micro_batches_allowed = true;
  result.environment = "test";
  return result;
}

Attempt failed_attempt() {
  Attempt attempt;
  attempt.out_of_memory = OutOfMemory{kMiB, "allocator", "refused"};
  attempt.memory.allocated = 99 * kMiB;
  attempt.memory.reserved = 99 * kMiB;
  attempt.memory.total = 100 * kMiB;
  attempt.allocated_between_steps = kMiB;
  return attempt;
}

MemoryReading reading(TrainingSize size) {
  MemoryReading memory;
  memory.total = 100 * kMiB;
  memory.allocated = kMiB;
  memory.allocated_peak = memory.reserved_peak = kMiB + 2000 * size.pixels();
  return memory;
}

}  // namespace

TEST_CASE("fixed sizes stay what the configuration says", "[train]") {
  const Config config = base_config();
  SizeControl control(config, surroundings());
  RunState state;
  control.start(state);
  control.before_step(state);
  CHECK(state.size == TrainingSize{32, 4});
  CHECK_FALSE(control.after_commit(reading(state.size), state.size, state).has_value());
}

TEST_CASE("a schedule is in force from the step after its entry and its last entry of a step wins",
          "[train]") {
  Config config = base_config();
  config.train_set.size_schedule = {{0, 24, 2, 0}, {10, 40, 3, 0}, {10, 48, 3, 1}};
  SizeControl control(config, surroundings());
  RunState state;
  control.start(state);
  control.before_step(state);
  CHECK(state.size == TrainingSize{24, 2});
  state.step = 9;
  control.before_step(state);
  CHECK(state.size == TrainingSize{24, 2});
  state.step = 10;
  control.before_step(state);
  CHECK(state.size == TrainingSize{48, 3});
  CHECK(state.micro_batch == 1);
}

TEST_CASE("the optimizer's decision is in the state that the next step reads", "[train]") {
  const Config config = dynamic_config(2);
  SizeControl control(config, surroundings());
  RunState state;
  control.start(state);
  const TrainingSize before = state.size;
  CHECK_FALSE(control.after_commit(reading(before), before, state).has_value());
  const auto decided = control.after_commit(reading(before), before, state);
  REQUIRE(decided.has_value());
  CHECK(decided->event.from == before);
  CHECK(decided->event.to == state.size);
  CHECK(state.size.pixels() > before.pixels());
  CHECK(state.adjustments == 1);
}

TEST_CASE("a size that a library cannot compute is left for the one before it", "[train]") {
  const Config config = dynamic_config(1);
  SizeControl control(config, surroundings());
  RunState state;
  control.start(state);
  const TrainingSize before = state.size;
  Attempt attempt;
  attempt.library_error = "only INT_MAX elements\nand where";
  attempt.memory = reading(before);
  CHECK_FALSE(control.after_library_error(attempt, state));  // nothing smaller has been trained
  control.after_commit(reading(before), before, state);
  const TrainingSize grown = state.size;
  REQUIRE(grown.pixels() > before.pixels());
  const auto event = control.after_library_error(attempt, state);
  REQUIRE(event);
  CHECK(event->from == grown);
  CHECK(event->to == before);
  CHECK(state.size == before);
  CHECK_THAT(event->reason, Catch::Contains("(only INT_MAX elements)"));
  CHECK_FALSE(control.after_library_error(attempt, state));  // the size is not the reason then
}

TEST_CASE("a saved controller goes on with its size in a new process", "[train]") {
  const Config config = dynamic_config(1);
  SizeControl control(config, surroundings());
  RunState state;
  control.start(state);
  control.after_commit(reading(state.size), state.size, state);
  SizeControl restored(config, surroundings());
  RunState resumed;
  restored.start(resumed);
  restored.load(nlohmann::ordered_json::parse(control.save().dump()), resumed);
  CHECK(resumed.size == state.size);
  CHECK(restored.save() == control.save());
}

TEST_CASE("at fixed sizes out of memory is met with micro-batches and then refused with a table",
          "[train]") {
  const Config config = base_config();
  SizeControl control(config, surroundings());
  RunState state;
  control.start(state);
  int smallest = state.size.batch_size;
  try {
    for (int attempt = 0; attempt < 20; ++attempt) {
      const OutOfMemoryEvent event = control.after_failure(failed_attempt(), state);
      CHECK(event.to == state.size);
      CHECK(state.size == TrainingSize{32, 4});
      if (state.micro_batch > 0) {
        smallest = std::min(smallest, state.micro_batch);
      }
    }
    FAIL("it never gave up");
  } catch (const DoesNotFitError& error) {
    CHECK(std::string(error.what()).find("100.0 MiB") != std::string::npos);
  }
  CHECK(smallest == 1);
}

TEST_CASE("another load on the memory costs some windows and no size for good", "[train][slow]") {
  Config config = test::small_config();
  config.memory_limit = 16 * kMiB;
  config.train_set.lq_size = 16;
  config.train_set.batch_size_per_gpu = 4;
  config.size_optimizer = SizeOptimizerConfig{};
  config.size_optimizer->adjustment_frequency = 2;
  config.size_optimizer->min_lq_size = 16;
  config.size_optimizer->max_lq_size = 64;
  test::ToyRun run(config);
  SizeControl sizes(config, surroundings());
  RunState state;
  sizes.start(state);
  CHECK(test::train_steps(40, run, sizes, state).empty());
  const TrainingSize alone = state.size;
  CHECK(alone.pixels() > 1024);

  run.memory->set_limit(8 * kMiB);
  const auto failures = test::train_steps(4, run, sizes, state);
  REQUIRE_FALSE(failures.empty());
  CHECK(failures.front().kind == "external");
  CHECK(state.size.pixels() < alone.pixels());

  run.memory->set_limit(16 * kMiB);
  CHECK(test::train_steps(120, run, sizes, state).empty());
  INFO("lq " << state.size.lq_size << ", batch " << state.size.batch_size << " after lq "
             << alone.lq_size << ", batch " << alone.batch_size);
  CHECK(10 * state.size.pixels() >= 9 * alone.pixels());
  run.memory->set_limit(std::nullopt);
}

TEST_CASE("cuDNN's benchmark mode stays off in a resumed run that had given it up", "[train]") {
  struct Restore {
    bool before = at::globalContext().benchmarkCuDNN();
    ~Restore() { at::globalContext().setBenchmarkCuDNN(before); }
  } restore;
  const Config config = base_config();
  SizeControl::Surroundings where = surroundings();
  where.cuda = true;
  at::globalContext().setBenchmarkCuDNN(true);
  SizeControl control(config, where);
  RunState state;
  control.start(state);
  CHECK(at::globalContext().benchmarkCuDNN());
  for (int i = 0; i < 10 && at::globalContext().benchmarkCuDNN(); ++i) {
    control.after_failure(failed_attempt(), state);
  }
  REQUIRE_FALSE(at::globalContext().benchmarkCuDNN());
  const nlohmann::ordered_json saved = control.save();

  at::globalContext().setBenchmarkCuDNN(true);  // as a new process begins
  SizeControl resumed(config, where);
  resumed.load(saved, state);
  CHECK_FALSE(at::globalContext().benchmarkCuDNN());
  // What the ladder believes is true: after one more try nothing is left.
  const auto two_failures = [&] {
    resumed.after_failure(failed_attempt(), state);
    resumed.after_failure(failed_attempt(), state);
  };
  CHECK_THROWS_AS(two_failures(), DoesNotFitError);
}

TEST_CASE("sizes that this program has not saved are refused with their path", "[train]") {
  const Config config = dynamic_config(2);
  SizeControl control(config, surroundings());
  RunState state;
  control.start(state);
  control.after_commit(reading(state.size), state.size, state);
  for (const char* path : {"/window/steps", "/optimizer/size", "/optimizer/counters/windows",
                           "/optimizer/environment", "/dynamic"}) {
    nlohmann::ordered_json saved = control.save();
    const nlohmann::ordered_json::json_pointer pointer(path);
    REQUIRE(saved.contains(pointer));
    saved[pointer] = 1e308;
    INFO(path);
    CHECK_THROWS_WITH(control.load(saved, state),
                      Catch::StartsWith("sizes" + std::string(path) + " is no "));
  }
}
