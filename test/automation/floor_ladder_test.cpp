#include "automation/floor_ladder.h"

#include "core/units.h"
#include "support/catch.h"
#include "support/size_text.h"

using sr::RecoveryAction;
using sr::TrainingSize;

namespace {

sr::SizeControllerSettings settings(bool micro_batches, bool benchmark) {
  sr::SizeControllerSettings made;
  made.micro_batches_allowed = micro_batches;
  made.cudnn_benchmark = benchmark;
  return made;
}

const sr::FailureReading kFailure{
    0,    3 * sr::kMiB, 14 * sr::kMiB, 15 * sr::kMiB, 5 * sr::kMiB, 1 * sr::kMiB, 16 * sr::kMiB,
    false};

}  // namespace

TEST_CASE("the ladder retries then halves the micro-batch then leaves benchmark mode then gives up",
          "[automation]") {
  sr::FloorLadder ladder(settings(true, true));
  const TrainingSize smallest{32, 4};
  CHECK(ladder.next(kFailure, smallest, false).action == RecoveryAction::kRetry);
  CHECK(ladder.micro_batch() == 0);
  CHECK(ladder.next(kFailure, smallest, true).micro_batch == 2);
  CHECK(ladder.next(kFailure, smallest, true).micro_batch == 1);
  CHECK(ladder.cudnn_benchmark());
  CHECK(ladder.next(kFailure, smallest, true).action == RecoveryAction::kBenchmarkOff);
  CHECK_FALSE(ladder.cudnn_benchmark());
  CHECK(ladder.next(kFailure, smallest, true).action == RecoveryAction::kGiveUp);
  CHECK(ladder.next(kFailure, smallest, false).action ==
        RecoveryAction::kRetry);  // of a later step
}

TEST_CASE("rungs that are not available are left out", "[automation]") {
  sr::FloorLadder ladder(settings(false, false));
  CHECK(ladder.next(kFailure, {32, 4}, true).action == RecoveryAction::kGiveUp);
}

TEST_CASE("giving up names the size and what was needed and free", "[automation]") {
  sr::FloorLadder ladder(settings(false, false));
  const std::string reason = ladder.next(kFailure, {32, 4}, true).reason;
  INFO(reason);
  for (const char* part :
       {"lq_size 32 x batch_size 4", "17.0 MiB", "5.0 MiB", "16.0 MiB", "1.0 MiB"}) {
    CHECK(reason.find(part) != std::string::npos);
  }
}

TEST_CASE("micro-batches end when memory comes free", "[automation]") {
  sr::FloorLadder ladder(settings(true, false));
  ladder.next(kFailure, {32, 4}, true);
  CHECK_FALSE(ladder.release({kFailure.external, kFailure.total}, sr::kMiB / 2));
  CHECK(ladder.micro_batch() == 2);
  CHECK(ladder.release({0, kFailure.total}, sr::kMiB / 2));
  CHECK(ladder.micro_batch() == 0);
  CHECK_FALSE(ladder.release({0, kFailure.total}, sr::kMiB / 2));
}

TEST_CASE("the ladder survives saving", "[automation]") {
  sr::FloorLadder ladder(settings(true, true));
  ladder.next(kFailure, {32, 4}, true);
  sr::FloorLadder restored(settings(true, true));
  restored.restore(sr::Json::parse(ladder.state().dump()));
  CHECK(restored.state() == ladder.state());
  CHECK(restored.micro_batch() == 2);
}
