#include "automation/dynamic_batch_size_optimizer.h"
#include "automation/readings.h"
#include "support/catch.h"
#include "support/size_text.h"

// Out of memory: which kind it is, and what is done about it.

using sr::DynamicBatchSizeOptimizer;
using sr::FailureClass;
using sr::RecoveryAction;
using sr::TrainingSize;
using sr::test::kTotal;
using sr::test::settings;
using sr::test::window;

namespace {

constexpr std::int64_t kFixed = 10'000'000;

sr::FailureReading failure(std::int64_t step, double external = 0) {
  sr::FailureReading made;
  made.step = step;
  made.requested = kTotal / 10;
  made.live = made.reserved = static_cast<std::int64_t>((0.95 - external) * kTotal);
  made.between_steps = kFixed;
  made.external = static_cast<std::int64_t>(external * kTotal);
  made.total = kTotal;
  return made;
}

/// An optimizer that proved {64, 4} and {64, 8} and is at {64, 8}, 84 % full.
DynamicBatchSizeOptimizer settled() {
  DynamicBatchSizeOptimizer optimizer(settings({64, 4}));
  optimizer.decide(window(0.425), {64, 4});
  optimizer.decide(window(0.84), {64, 8});
  return optimizer;
}

}  // namespace

TEST_CASE("before anything is proven a failure is genuine and quarters the batch", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({128, 64}));
  const auto first = optimizer.after_failure(failure(0), {128, 64});
  CHECK(first.kind == FailureClass::kGenuine);
  CHECK(first.action == RecoveryAction::kRollBack);
  CHECK(first.size == TrainingSize{128, 16});
  CHECK(optimizer.size() == first.size);
  CHECK(optimizer.frontier().blocked({128, 64}));
  CHECK(optimizer.after_failure(failure(0), first.size).size == TrainingSize{128, 4});
  const auto third = optimizer.after_failure(failure(0), {128, 4});
  CHECK(third.size == TrainingSize{88, 2});  // the batch is at its minimum, lq_size gives way
  CHECK(optimizer.counters().ooms == 3);
}

TEST_CASE("enough reserved memory in pieces is fragmentation and retried once a size",
          "[automation]") {
  auto optimizer = settled();
  auto pieces = failure(100);
  pieces.reserved = pieces.live + pieces.requested;
  const auto retry = optimizer.after_failure(pieces, {64, 8});
  CHECK(retry.kind == FailureClass::kFragmentation);
  CHECK(retry.action == RecoveryAction::kRetry);
  CHECK(retry.size == TrainingSize{64, 8});
  CHECK_FALSE(optimizer.frontier().blocked({64, 8}));
  CHECK(optimizer.after_failure(pieces, {64, 8}).action == RecoveryAction::kRollBack);

  auto later = settled();
  later.after_failure(pieces, {64, 8});
  pieces.step = 200;
  CHECK(later.after_failure(pieces, {64, 8}).kind != FailureClass::kFragmentation);
}

TEST_CASE("a window with a retried failure proves nothing", "[automation]") {
  auto optimizer = settled();
  auto pieces = failure(100);
  pieces.reserved = pieces.live + pieces.requested;
  optimizer.after_failure(pieces, {96, 4});
  optimizer.decide(window(0.84), {96, 4});
  CHECK(optimizer.proven().proof_of({96, 4}) == nullptr);
  optimizer.decide(window(0.84), {96, 4});
  CHECK(optimizer.proven().proof_of({96, 4}) != nullptr);
}

TEST_CASE(
    "a proven size that fails after others took memory rolls back for a while and blocks nothing",
    "[automation]") {
  auto optimizer = settled();
  const auto recovery = optimizer.after_failure(failure(100, 0.3), {64, 8});
  CHECK(recovery.kind == FailureClass::kExternal);
  CHECK(recovery.size == TrainingSize{64, 4});
  CHECK_FALSE(optimizer.frontier().blocked({64, 8}));
  CHECK(optimizer.decide(window(0.425), {64, 4}).action == sr::SizeAction::kHold);  // one window
  CHECK(optimizer.decide(window(0.425), {64, 4}).action == sr::SizeAction::kGrowLq);
}

TEST_CASE("a size smaller than a proven one fails because of others too", "[automation]") {
  auto optimizer = settled();
  const auto recovery = optimizer.after_failure(failure(100, 0.3), {64, 6});
  CHECK(recovery.kind == FailureClass::kExternal);
  CHECK_FALSE(optimizer.frontier().blocked({64, 6}));
}

TEST_CASE("a size beyond a library is left for the one before and halves what is left to grow",
          "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 4}));
  const TrainingSize small{64, 4};
  const TrainingSize large = optimizer.decide(window(0.1), small).size;
  REQUIRE(large.pixels() > small.pixels());
  const auto decision = optimizer.after_library_limit(failure(20), large, small, "too many");
  CHECK(decision.from == large);
  CHECK(decision.size == small);
  CHECK(decision.action == sr::SizeAction::kShrinkLq);
  CHECK_THAT(decision.reason, Catch::Contains("too many"));
  CHECK(optimizer.size() == small);
  CHECK(optimizer.counters().ooms == 0);

  DynamicBatchSizeOptimizer restored(settings({64, 4}));
  restored.restore(optimizer.state());
  for (int i = 0; i < 10; ++i) {
    const double usage =
        0.1 * static_cast<double>(restored.size().pixels()) / static_cast<double>(small.pixels());
    const TrainingSize next = restored.decide(window(usage), restored.size()).size;
    CHECK(next.pixels() <= (small.pixels() + large.pixels()) / 2);
  }
  CHECK(restored.size().pixels() > small.pixels());
}

TEST_CASE("several external failures of one step count as one", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({32, 4}));
  optimizer.decide(window(0.20), {32, 8});
  optimizer.decide(window(0.40), {32, 16});
  optimizer.after_failure(failure(7, 0.3), {32, 16});
  optimizer.after_failure(failure(7, 0.3), {32, 8});
  CHECK(optimizer.decide(window(0.20), {32, 8}).action == sr::SizeAction::kHold);
  CHECK(optimizer.decide(window(0.20), {32, 8}).action != sr::SizeAction::kHold);
}

TEST_CASE("the hold doubles with every external failure up to 16 windows", "[automation]") {
  auto optimizer = settled();
  std::int64_t step = 100;
  for (const int expected : {1, 2, 4, 8, 16, 16}) {
    // Proven again only below the size that was lost, so that the hold is not forgiven.
    optimizer.after_failure(failure(step++, 0.3), {64, 8});
    int held = 0;
    while (optimizer.decide(window(0.425), {64, 4}).action == sr::SizeAction::kHold) {
      ++held;
      REQUIRE(held <= 16);
    }
    CHECK(held == expected);
  }
}

TEST_CASE("a failure where the model said fits blocks exactly that size", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 4}));
  optimizer.decide(window(0.30), {64, 4});
  const TrainingSize grown = optimizer.size();
  REQUIRE(grown.pixels() > TrainingSize{64, 4}.pixels());
  const auto recovery = optimizer.after_failure(failure(100), grown);
  CHECK(recovery.kind == FailureClass::kAnomaly);
  CHECK(recovery.size == TrainingSize{64, 4});
  CHECK(optimizer.frontier().blocked(grown));
  CHECK_FALSE(optimizer.frontier().blocked({grown.lq_size, grown.batch_size + 1}));
}

TEST_CASE("what the model never promised is genuine", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({64, 4}));
  optimizer.decide(window(0.30), {64, 4});
  const auto recovery = optimizer.after_failure(failure(100), {128, 8});
  CHECK(recovery.kind == FailureClass::kGenuine);
  CHECK(recovery.size == TrainingSize{64, 4});
  CHECK(optimizer.frontier().blocked({136, 8}));
}

TEST_CASE("a rollback takes one proven level after the other", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({32, 4}));
  optimizer.decide(window(0.10), {32, 4});
  optimizer.decide(window(0.20), {32, 8});
  optimizer.decide(window(0.40), {32, 16});
  CHECK(optimizer.after_failure(failure(7), {32, 32}).size == TrainingSize{32, 16});
  CHECK(optimizer.after_failure(failure(7), {32, 16}).size == TrainingSize{32, 8});
  CHECK(optimizer.after_failure(failure(7), {32, 8}).size == TrainingSize{32, 4});
  CHECK(optimizer.after_failure(failure(7), {32, 4}).size == TrainingSize{32, 2});  // guessed
  CHECK(optimizer.after_failure(failure(7), {32, 2}).action == RecoveryAction::kRetry);
  CHECK(optimizer.after_failure(failure(7), {32, 2}).action == RecoveryAction::kGiveUp);
}

TEST_CASE("a rollback skips proven sizes that no longer fit beside the others", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({32, 4}));
  optimizer.decide(window(0.10), {32, 4});
  optimizer.decide(window(0.40), {32, 16});
  optimizer.decide(window(0.80), {32, 32});
  CHECK(optimizer.after_failure(failure(7, 0.7), {32, 32}).size == TrainingSize{32, 4});
}

TEST_CASE("a refusal that a library swallowed is counted and the step kept", "[automation]") {
  auto optimizer = settled();
  auto soft = failure(100);
  soft.soft = true;
  const auto recovery = optimizer.after_failure(soft, {64, 8});
  CHECK(recovery.kind == FailureClass::kSoft);
  CHECK(recovery.action == RecoveryAction::kKeepStep);
  CHECK(recovery.size == TrainingSize{64, 8});
  CHECK(optimizer.counters().soft_failures == 1);
  CHECK(optimizer.counters().ooms == 0);
  CHECK(optimizer.frontier().genuine().empty());
}

TEST_CASE("at the smallest size the ladder is climbed and left when memory comes free",
          "[automation]") {
  auto allowed = settings({32, 4});
  allowed.micro_batches_allowed = true;
  allowed.min_batch_size = 4;
  DynamicBatchSizeOptimizer optimizer(allowed);
  CHECK(optimizer.after_failure(failure(5, 0.5), {32, 4}).action == RecoveryAction::kRetry);
  const auto parts = optimizer.after_failure(failure(5, 0.5), {32, 4});
  CHECK(parts.action == RecoveryAction::kMicroBatch);
  CHECK(parts.micro_batch == 2);
  CHECK_FALSE(optimizer.frontier().blocked({32, 4}));
  const auto held = optimizer.decide(window(0.2, 0.5), {32, 4});
  CHECK(held.action == sr::SizeAction::kHold);
  CHECK(held.micro_batch == 2);
  CHECK(optimizer.decide(window(0.2, 0.1), {32, 4}).micro_batch == 0);
  CHECK(optimizer.decide(window(0.2, 0.1), {32, 4}).action == sr::SizeAction::kGrowLq);
}

TEST_CASE("a later step at the smallest size has its own retry", "[automation]") {
  DynamicBatchSizeOptimizer optimizer(settings({32, 2}));
  CHECK(optimizer.after_failure(failure(5), {32, 2}).action == RecoveryAction::kRetry);
  CHECK(optimizer.after_failure(failure(6), {32, 2}).action == RecoveryAction::kRetry);
  const auto end = optimizer.after_failure(failure(6), {32, 2});
  CHECK(end.action == RecoveryAction::kGiveUp);
  CHECK(end.reason.find("lq_size 32 x batch_size 2") != std::string::npos);
}
