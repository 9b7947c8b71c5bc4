#include "report/events_in_force.h"

#include "support/catch.h"
#include "support/temp_folder.h"

using nlohmann::ordered_json;

namespace {

const char* const kEvents = R"({"event":"start","step":0}
{"event":"progress","step":100}
{"event":"progress","step":200}
no json
[1,2]
{"event":"progress","step":"many"}
{"event":["progress"],"step":150}
{"event":"start","step":100}
{"event":"progress","step":150}
{"event":"progress","st)";

}  // namespace

TEST_CASE("a start makes void what lies beyond its step", "[report]") {
  const sr::test::TempFolder folder;
  const auto events = sr::events_in_force(folder.write("events.jsonl", kEvents));
  REQUIRE(events);
  CHECK(ordered_json(*events).dump() ==
        R"([{"event":"start","step":0},{"event":"progress","step":100},)"
        R"({"event":"start","step":100},{"event":"progress","step":150}])");
  CHECK_FALSE(sr::events_in_force(folder / "none"));
}

TEST_CASE("of an event only what is asked for is held", "[report]") {
  const sr::test::TempFolder folder;
  const auto events =
      sr::events_in_force(folder.write("events.jsonl", kEvents), [](const ordered_json& event) {
        return ordered_json{{"step", event.at("step")}};
      });
  REQUIRE(events);
  CHECK(ordered_json(*events).dump() == R"([{"step":0},{"step":100},{"step":100},{"step":150}])");
}
