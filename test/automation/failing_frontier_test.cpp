#include "automation/failing_frontier.h"

#include "support/catch.h"
#include "support/size_text.h"

using sr::FailingFrontier;

namespace {

constexpr sr::MemorySituation kNow{100, 1000};

}  // namespace

TEST_CASE("a genuine failure blocks its size and everything that covers it", "[automation]") {
  FailingFrontier frontier;
  frontier.add_genuine({128, 8}, kNow);
  CHECK(frontier.blocked({128, 8}));
  CHECK(frontier.blocked({256, 9}));
  CHECK_FALSE(frontier.blocked({256, 7}));
  CHECK_FALSE(frontier.blocked({120, 64}));
}

TEST_CASE("the frontier keeps only the smallest failing sizes", "[automation]") {
  FailingFrontier frontier;
  frontier.add_genuine({128, 8}, kNow);
  frontier.add_genuine({200, 4}, kNow);
  CHECK(frontier.genuine().size() == 2);
  frontier.add_genuine({136, 16}, kNow);
  CHECK(frontier.genuine().size() == 2);
  frontier.add_genuine({120, 4}, kNow);
  REQUIRE(frontier.genuine().size() == 1);
  CHECK(frontier.genuine()[0].size == sr::TrainingSize{120, 4});
}

TEST_CASE("an anomaly blocks its own size only", "[automation]") {
  FailingFrontier frontier;
  CHECK_FALSE(frontier.add_anomaly({128, 8}, kNow));
  CHECK(frontier.blocked({128, 8}));
  CHECK_FALSE(frontier.blocked({136, 8}));
  CHECK_FALSE(frontier.blocked({128, 9}));
}

TEST_CASE("three anomalies of about the same pixels are a genuine limit", "[automation]") {
  FailingFrontier frontier;
  CHECK_FALSE(frontier.add_anomaly({128, 8}, kNow));
  CHECK_FALSE(
      frontier.add_anomaly({64, 8}, kNow));  // far fewer pixels: not counted with the others
  CHECK_FALSE(frontier.add_anomaly({136, 7}, kNow));
  CHECK(frontier.add_anomaly({120, 9}, kNow));
  CHECK(frontier.genuine().size() == 3);
  CHECK(frontier.anomalies().size() == 1);
  CHECK(frontier.blocked({136, 8}));
}

TEST_CASE("entries go when others give memory back or the total changes", "[automation]") {
  FailingFrontier frontier;
  frontier.add_genuine({128, 8}, {100, 1000});
  frontier.add_anomaly({64, 8}, {300, 1000});
  frontier.expire({250, 1000}, 50);
  CHECK(frontier.blocked({64, 8}));
  frontier.expire({249, 1000}, 50);
  CHECK_FALSE(frontier.blocked({64, 8}));
  CHECK(frontier.blocked({128, 8}));
  frontier.expire({249, 2000}, 50);
  CHECK_FALSE(frontier.blocked({128, 8}));
}

TEST_CASE("the frontier survives saving", "[automation]") {
  FailingFrontier frontier;
  frontier.add_genuine({128, 8}, kNow);
  frontier.add_anomaly({64, 8}, {7, 8});
  FailingFrontier restored;
  restored.restore(sr::Json::parse(frontier.state().dump()));
  CHECK(restored.state() == frontier.state());
  CHECK(restored.blocked({64, 8}));
}
