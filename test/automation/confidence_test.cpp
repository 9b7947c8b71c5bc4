#include "automation/confidence.h"

#include "support/catch.h"

using sr::Confidence;

namespace {

constexpr std::int64_t kTotal = 1000;

/// A window at a new size that was predicted at 500 of 1000 bytes.
void outcome(Confidence& confidence, std::int64_t peak) {
  confidence.expect({64, 4}, 500);
  confidence.measured({64, 4}, peak, kTotal);
}

}  // namespace

TEST_CASE("growth gets bolder with every confirmed prediction and careful after a miss",
          "[automation]") {
  Confidence confidence;
  CHECK(confidence.growth_cap() == 1.6);
  outcome(confidence, 510);
  CHECK(confidence.growth_cap() == 4);
  outcome(confidence, 400);
  CHECK(confidence.growth_cap() == 8);
  outcome(confidence, 530);
  CHECK(confidence.growth_cap() == 1.25);
  outcome(confidence, 500);
  CHECK(confidence.growth_cap() == 4);
}

TEST_CASE("the reserve grows to the largest under-prediction up to 6 percent", "[automation]") {
  Confidence confidence;
  CHECK(confidence.reserve() == 0.02);
  outcome(confidence, 540);
  CHECK(confidence.reserve() == Approx(0.04));
  outcome(confidence, 900);
  CHECK(confidence.reserve() == Approx(0.06));
  outcome(confidence, 100);
  CHECK(confidence.reserve() == Approx(0.06));
}

TEST_CASE("idle windows use the reserve up to its floor", "[automation]") {
  Confidence confidence;
  confidence.idle();
  CHECK(confidence.reserve() == Approx(0.016));
  for (int i = 0; i < 20; ++i) {
    confidence.idle();
  }
  CHECK(confidence.reserve() == Approx(0.005));
  CHECK(confidence.reserve_at_floor());
}

TEST_CASE("only the expected size is judged and only once", "[automation]") {
  Confidence confidence;
  confidence.expect({64, 4}, 500);
  confidence.measured({64, 5}, 999, kTotal);
  CHECK(confidence.growth_cap() == 1.6);
  confidence.failed({64, 4}, 560, kTotal);
  CHECK(confidence.growth_cap() == 1.25);
  CHECK(confidence.reserve() == Approx(0.06));
  confidence.measured({64, 4}, 500, kTotal);
  CHECK(confidence.growth_cap() == 1.25);
}

TEST_CASE("confidence survives saving", "[automation]") {
  Confidence confidence;
  outcome(confidence, 530);
  confidence.expect({96, 4}, 700);
  Confidence restored;
  restored.restore(sr::Json::parse(confidence.state().dump()));
  CHECK(restored.state() == confidence.state());
}
