#include "train/saver.h"

#include <functional>
#include <new>
#include <stdexcept>

#include "core/error.h"
#include "support/catch.h"
#include "train/fake_run.h"

// What a trainer saves, and when. What is in the files: checkpoints_test.cpp.

namespace {

using namespace sr;
using test::FakeRun;
using test::validating_config;

using Steps = std::vector<std::int64_t>;

/// What fails once, as soon as `step` is the last that was handed over to be saved.
std::function<void()> failing_once(const FakeRun& run, std::int64_t step) {
  return [&run, step, failed = false]() mutable {
    if (!failed && !run.checkpoints.saved.empty() && run.saved_steps().back() == step) {
      failed = true;
      throw StorageError("disk full");
    }
  };
}

}  // namespace

TEST_CASE("a save that fails ends the run with its code, after one more try", "[train]") {
  FakeRun run;
  int saves = 0;
  run.checkpoints.on_save = [&](const SavedRun&) {
    if (++saves == 2) {
      throw StorageError("disk full");
    }
  };
  CHECK_THROWS_AS(run.train(), StorageError);
  CHECK(run.saved_steps() == Steps{2, 4});
  CHECK(run.end().exit_code == ExitCode::kStorage);
  CHECK(run.end().reason == "disk full");
  CHECK(run.all<WarningEvent>().empty());
}

TEST_CASE("the last save that fails in the background is tried once more", "[train]") {
  FakeRun run;
  run.checkpoints.on_finish = failing_once(run, 6);
  CHECK_THROWS_AS(run.train(), StorageError);
  CHECK(run.saved_steps() == Steps{2, 4, 6, 6});
  CHECK(run.end().exit_code == ExitCode::kStorage);
}

TEST_CASE("a save of whose failure the best's is told is tried once more", "[train]") {
  FakeRun run(validating_config());
  run.scorer.scores = {30, 31};
  run.checkpoints.on_save_best = failing_once(run, 6);
  CHECK_THROWS_AS(run.train(), StorageError);
  CHECK(run.saved_steps() == Steps{2, 4, 6, 6});
}

TEST_CASE("a save that fails beside another error is tried once more", "[train]") {
  FakeRun run;
  run.batches.on_take = [&](std::uint64_t) {
    if (run.step.rates.size() == 4) {
      throw DataError("a broken image");
    }
  };
  run.checkpoints.on_finish = failing_once(run, 4);
  CHECK_THROWS_AS(run.train(), DataError);
  CHECK(run.saved_steps() == Steps{2, 4, 4});
  REQUIRE(run.all<WarningEvent>().size() == 1);
  CHECK(run.all<WarningEvent>().front().message == "disk full");
}

TEST_CASE("what is told of old checkpoints that stay is a warning", "[train]") {
  FakeRun run;
  run.checkpoints.warnings.push_back({"older checkpoints stay: they are busy", ""});
  CHECK(run.train() == ExitCode::kDone);
  REQUIRE(run.all<WarningEvent>().size() == 1);
  CHECK(run.all<WarningEvent>().front().message == "older checkpoints stay: they are busy");
}

TEST_CASE("what fails while saving after an error does not hide that error", "[train]") {
  const std::vector<std::function<void()>> ways{[] { throw StorageError("disk full"); },
                                                [] { throw std::runtime_error("device lost"); },
                                                [] { throw std::bad_alloc(); }};
  for (const auto& fail : ways) {
    FakeRun run;
    run.batches.on_take = [](std::uint64_t cursor) {
      if (cursor == 12) {
        throw DataError("a broken image");
      }
    };
    run.checkpoints.on_save = [&](const SavedRun& saved) {
      if (saved.state.step == 3) {
        fail();
      }
    };
    CHECK_THROWS_WITH(run.train(), "a broken image");
    CHECK(run.end().exit_code == ExitCode::kData);
    CHECK(run.end().reason == "a broken image");
    REQUIRE(run.all<WarningEvent>().size() == 1);
    CHECK_THAT(run.all<WarningEvent>().front().message,
               Catch::StartsWith("the state could not be saved: "));
  }
}

TEST_CASE("a state with half a step in it is never saved", "[train]") {
  FakeRun run;
  run.step.on_commit = [&] {
    if (run.step.rates.size() == 3) {
      throw std::runtime_error("device lost");
    }
  };
  CHECK_THROWS_WITH(run.train(), "device lost");
  CHECK(run.saved_steps() == Steps{2});
  REQUIRE(run.all<WarningEvent>().size() == 1);
  CHECK_THAT(run.all<WarningEvent>().front().message, Catch::Contains("is not saved"));
}

TEST_CASE("memory that runs out while the state is copied costs a second try", "[train]") {
  FakeRun run;
  int saves = 0;
  run.checkpoints.on_save = [&](const SavedRun&) {
    if (++saves == 1) {
      throw std::bad_alloc();
    }
  };
  CHECK(run.train() == ExitCode::kDone);
  CHECK(run.saved_steps() == Steps{2, 4, 6});
  CHECK(run.checkpoints.saved.front().run.state.ooms == 1);
  CHECK(run.memory.emptied == 1);
  CHECK(run.checkpoints.finished == 2);
  REQUIRE(run.all<OutOfMemoryEvent>().size() == 1);
  CHECK(run.all<OutOfMemoryEvent>().front().where == "checkpoint");
  CHECK(run.all<OutOfMemoryEvent>().front().size == TrainingSize{32, 4});
}
