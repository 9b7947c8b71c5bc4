#include "automation/decision.h"

#include "support/catch.h"

using namespace sr;

TEST_CASE("actions and failures have the names that events.jsonl promises", "[automation]") {
  CHECK(name_of(SizeAction::kHold) == "hold");
  CHECK(name_of(SizeAction::kGrowLq) == "grow_lq");
  CHECK(name_of(SizeAction::kGrowBatch) == "grow_batch");
  CHECK(name_of(SizeAction::kShrinkLq) == "shrink_lq");
  CHECK(name_of(SizeAction::kShrinkBatch) == "shrink_batch");
  CHECK(name_of(SizeAction::kRecompute) == "recompute");
  CHECK(name_of(RateAction::kHold) == "hold");
  CHECK(name_of(RateAction::kReduce) == "reduce");
  CHECK(name_of(RateAction::kRaise) == "raise");
  CHECK(name_of(FailureClass::kFragmentation) == "fragmentation");
  CHECK(name_of(FailureClass::kExternal) == "external");
  CHECK(name_of(FailureClass::kAnomaly) == "anomaly");
  CHECK(name_of(FailureClass::kGenuine) == "genuine");
  CHECK(name_of(FailureClass::kSoft) == "soft");
}
