#include "train/size_policy.h"

#include <torch/torch.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

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
  config.size_optimizer = SizeOptimizerOptions{};
  config.size_optimizer->adjustment_frequency = adjustment_frequency;
  return config;
}

SizeSurroundings surroundings() {
  SizeSurroundings result;
  result.largest_lq_size = 256;
  result.micro_batches_allowed = true;
  result.environment = "test";
  return result;
}

RanOutOfMemory failed_attempt() {
  RanOutOfMemory attempt;
  attempt.failure = OutOfMemory{kMiB, "allocator", "refused"};
  attempt.where = "train";
  attempt.memory.allocated = 99 * kMiB;
  attempt.memory.reserved = 99 * kMiB;
  attempt.memory.total = 100 * kMiB;
  attempt.allocated_between_steps = kMiB;
  return attempt;
}

/// A policy with the switches of LibTorch that it uses.
struct Control {
  Numerics numerics{{}};
  std::unique_ptr<SizePolicy> sizes;

  explicit Control(const Config& config, SizeSurroundings where = surroundings())
      : sizes(make_size_policy(config, std::move(where), numerics)) {}
  SizePolicy* operator->() const { return sizes.get(); }
};

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
  const Control control(config);
  CHECK(control->next(7).size == TrainingSize{32, 4});
  CHECK_FALSE(control->committed(reading({32, 4}), {32, 4}).has_value());
  CHECK_FALSE(control->growing());
  CHECK(control->now() == StepSize{{32, 4}, 0});
}

TEST_CASE("a schedule is in force from the step after its entry and its last entry of a step wins",
          "[train]") {
  Config config = base_config();
  config.train_set.size_schedule = {{0, 24, 2, 0}, {10, 40, 3, 0}, {10, 48, 3, 1}};
  const Control control(config);
  CHECK(control->now().size == TrainingSize{32, 4});
  CHECK(control->next(0) == StepSize{{24, 2}, 0});
  CHECK(control->next(9) == StepSize{{24, 2}, 0});
  CHECK(control->next(10) == StepSize{{48, 3}, 1});
  CHECK(control->now() == StepSize{{48, 3}, 1});
}

TEST_CASE("pieces of a schedule get smaller when memory runs out, never larger", "[train]") {
  Config config = base_config();
  config.train_set.size_schedule = {{0, 32, 8, 2}};
  const Control control(config);
  CHECK(control->next(0).micro_batch == 2);
  std::vector<int> pieces;
  CHECK_THROWS_AS(
      [&] {
        for (int i = 0; i < 20; ++i) {
          pieces.push_back(control->failed(failed_attempt(), 0).to_micro_batch);
        }
      }(),
      DoesNotFitError);
  REQUIRE_FALSE(pieces.empty());
  CHECK(std::is_sorted(pieces.rbegin(), pieces.rend()));
  CHECK(pieces.front() == 2);
  CHECK(pieces.back() == 1);
}

TEST_CASE("blocks are computed twice before the smallest batch is cut", "[train]") {
  SizeSurroundings where = surroundings();
  where.recompute_allowed = true;
  const Config config = base_config();
  const Control control(config, where);
  CHECK_FALSE(control->failed(failed_attempt(), 0).to_recompute);  // the same once more
  const OutOfMemoryEvent second = control->failed(failed_attempt(), 0);
  CHECK(second.to_recompute);
  CHECK(second.to_micro_batch == 0);
  CHECK(control->now() == StepSize{{32, 4}, 0, true});
  const Control resumed(config, where);
  resumed->load(control->save(), control->now());
  CHECK(resumed->now() == control->now());
  const OutOfMemoryEvent third = control->failed(failed_attempt(), 0);
  CHECK(third.to_recompute);
  CHECK(third.to_micro_batch == 2);
}

TEST_CASE("a schedule says when blocks are computed twice", "[train]") {
  Config config = base_config();
  config.train_set.size_schedule = {{0, 32, 4, 0, true}, {5, 32, 4, 0, false}};
  const Control control(config);
  CHECK(control->next(0) == StepSize{{32, 4}, 0, true});
  CHECK(control->next(5) == StepSize{{32, 4}, 0, false});
}

TEST_CASE("a decision says that the options compute blocks twice", "[train]") {
  SizeSurroundings where = surroundings();
  where.recompute_on = true;
  const Config config = dynamic_config(1);
  const Control control(config, where);
  CHECK(control->now().recompute);
  const auto decision = control->committed(reading({32, 4}), {32, 4});
  REQUIRE(decision);
  CHECK(decision->recompute);
  CHECK(decision->from_recompute);
}

TEST_CASE("a resumed schedule goes on from the size that the state was saved at", "[train]") {
  Config config = base_config();
  config.train_set.size_schedule = {{0, 24, 2, 0}, {10, 40, 3, 0}};
  const Control control(config);
  control->next(12);
  control->failed(failed_attempt(), 12);
  control->failed(failed_attempt(), 12);
  REQUIRE(control->now().size == TrainingSize{40, 3});
  REQUIRE(control->now().micro_batch > 0);
  const Control resumed(config);
  resumed->load(control->save(), control->now());
  CHECK(resumed->now() == control->now());
  CHECK(resumed->next(12) == control->now());
  CHECK(resumed->save() == control->save());
}

TEST_CASE("an edited schedule wins over the size that the state was saved at", "[train]") {
  Config config = base_config();
  config.train_set.size_schedule = {{10, 40, 3, 2, true}};
  const Control before(config);
  REQUIRE(before->next(15) == StepSize{{40, 3}, 2, true});
  config.train_set.size_schedule.front().step = 20;
  const Control control(config);
  control->load(before->save(), before->now());
  CHECK(control->next(15) == StepSize{{32, 4}, 0});
  CHECK(control->next(19) == StepSize{{32, 4}, 0});
  CHECK(control->next(20) == StepSize{{40, 3}, 2, true});
}

TEST_CASE("edited fixed sizes win over the state", "[train]") {
  const Control before(base_config());
  before->failed(failed_attempt(), 0);
  before->failed(failed_attempt(), 0);
  Config edited = base_config();
  edited.train_set.batch_size_per_gpu = 8;
  const Control control(edited);
  control->load(before->save(), before->now());
  CHECK(control->now() == StepSize{{32, 8}, 0});
}

TEST_CASE("the controller's decision is in force for the next step", "[train]") {
  const Config config = dynamic_config(2);
  const Control control(config);
  const TrainingSize before = control->now().size;
  CHECK_FALSE(control->committed(reading(before), before).has_value());
  const auto decided = control->committed(reading(before), before);
  REQUIRE(decided.has_value());
  CHECK(decided->from == before);
  CHECK(decided->size == control->next(2).size);
  CHECK(control->now().size.pixels() > before.pixels());
  CHECK(control->adjustments() == 1);
}

TEST_CASE("a size that a library cannot compute is left for the one before it", "[train]") {
  const Config config = dynamic_config(1);
  const Control control(config);
  const TrainingSize before = control->now().size;
  LibraryError attempt;
  attempt.message = "only INT_MAX elements\nand where";
  attempt.memory = reading(before);
  CHECK_FALSE(control->refused(attempt, 0));  // nothing smaller has been trained
  control->committed(reading(before), before);
  const TrainingSize grown = control->now().size;
  REQUIRE(grown.pixels() > before.pixels());
  const auto event = control->refused(attempt, 1);
  REQUIRE(event);
  CHECK(event->from == grown);
  CHECK(event->size == before);
  CHECK(control->now().size == before);
  CHECK_THAT(event->reason, Catch::Contains("(only INT_MAX elements)"));
  CHECK_FALSE(control->refused(attempt, 1));  // the size is not the reason then
}

TEST_CASE("a size that a library cannot compute is left by a process that was resumed with it",
          "[train]") {
  const Config config = dynamic_config(1);
  const Control control(config);
  control->committed(reading({32, 4}), {32, 4});
  REQUIRE(control->now().size.pixels() > TrainingSize{32, 4}.pixels());
  LibraryError attempt;
  attempt.message = "only INT_MAX elements";
  attempt.memory = reading({32, 4});
  const Control resumed(config);
  resumed->load(control->save(), control->now());
  REQUIRE(resumed->now() == control->now());
  const auto event = resumed->refused(attempt, 1);
  REQUIRE(event);
  CHECK(event->from == control->now().size);
  CHECK(resumed->now().size == TrainingSize{32, 4});

  Config edited = config;  // what was trained is too small now
  edited.train_set.batch_size_per_gpu = edited.size_optimizer->min_batch_size = 8;
  const Control bounded(edited);
  bounded->load(control->save(), control->now());
  REQUIRE(bounded->refused(attempt, 1));
  CHECK(bounded->now().size == TrainingSize{32, 8});
}

TEST_CASE("a saved controller goes on with its size in a new process", "[train]") {
  const Config config = dynamic_config(1);
  const Control control(config);
  control->committed(reading({32, 4}), {32, 4});
  const Control restored(config);
  restored->load(nlohmann::ordered_json::parse(control->save().dump()), control->now());
  CHECK(restored->now() == control->now());
  CHECK(restored->save() == control->save());
}

TEST_CASE("at fixed sizes out of memory is met with micro-batches and then refused with a table",
          "[train]") {
  const Config config = base_config();
  const Control control(config);
  int smallest = control->now().size.batch_size;
  try {
    for (int attempt = 0; attempt < 20; ++attempt) {
      const OutOfMemoryEvent event = control->failed(failed_attempt(), 0);
      CHECK(event.to == control->now().size);
      CHECK(event.where == "train");
      CHECK(event.requested_bytes == kMiB);
      CHECK(control->now().size == TrainingSize{32, 4});
      if (control->now().micro_batch > 0) {
        smallest = std::min(smallest, control->now().micro_batch);
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
  config.size_optimizer = SizeOptimizerOptions{};
  config.size_optimizer->adjustment_frequency = 2;
  config.size_optimizer->min_lq_size = 16;
  config.size_optimizer->max_lq_size = 64;
  test::ToyRun run(config);
  const Control sizes(config);
  std::int64_t step = 0;
  CHECK(test::train_steps(40, run, *sizes.sizes, step).empty());
  const TrainingSize alone = sizes->now().size;
  CHECK(alone.pixels() > 1024);

  run.memory->set_limit(8 * kMiB);
  const auto failures = test::train_steps(4, run, *sizes.sizes, step);
  REQUIRE_FALSE(failures.empty());
  CHECK(failures.front().kind == "external");
  CHECK(sizes->now().size.pixels() < alone.pixels());

  run.memory->set_limit(16 * kMiB);
  CHECK(test::train_steps(120, run, *sizes.sizes, step).empty());
  const TrainingSize again = sizes->now().size;
  INFO("lq " << again.lq_size << ", batch " << again.batch_size << " after lq " << alone.lq_size
             << ", batch " << alone.batch_size);
  CHECK(10 * again.pixels() >= 9 * alone.pixels());
  run.memory->set_limit(std::nullopt);
}

TEST_CASE("cuDNN's benchmark mode stays off in a resumed run that had given it up", "[train]") {
  const Config config = base_config();
  SizeSurroundings where = surroundings();
  where.cuda = true;
  Control control(config, where);
  REQUIRE(control.numerics.benchmark());
  for (int i = 0; i < 10 && control.numerics.benchmark(); ++i) {
    control->failed(failed_attempt(), 0);
  }
  REQUIRE_FALSE(control.numerics.benchmark());
  const nlohmann::ordered_json saved = control->save();

  Control resumed(config, where);  // as a new process begins
  REQUIRE(resumed.numerics.benchmark());
  resumed->load(saved, control->now());
  CHECK_FALSE(resumed.numerics.benchmark());
  // What the ladder believes is true: after one more try nothing is left.
  const auto two_failures = [&] {
    resumed->failed(failed_attempt(), 0);
    resumed->failed(failed_attempt(), 0);
  };
  CHECK_THROWS_AS(two_failures(), DoesNotFitError);
}

TEST_CASE("sizes that this program has not saved are refused with their path", "[train]") {
  const Config config = dynamic_config(2);
  const Control control(config);
  control->committed(reading({32, 4}), {32, 4});
  for (const char* path : {"/window/steps", "/optimizer/size", "/optimizer/counters/windows",
                           "/optimizer/environment", "/dynamic"}) {
    nlohmann::ordered_json saved = control->save();
    const nlohmann::ordered_json::json_pointer pointer(path);
    REQUIRE(saved.contains(pointer));
    saved[pointer] = 1e308;
    INFO(path);
    CHECK_THROWS_WITH(control->load(saved, control->now()),
                      Catch::StartsWith("sizes" + std::string(path) + " is no "));
  }
}
