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

TEST_CASE("events are read one by one, those that a later start makes void too", "[report]") {
  const sr::test::TempFolder folder;
  std::vector<std::int64_t> steps;
  const auto note = [&](const ordered_json&, std::int64_t step) { steps.push_back(step); };
  CHECK(sr::for_each_event(folder.write("events.jsonl", kEvents), note));
  CHECK(steps == std::vector<std::int64_t>{0, 100, 200, 100, 150});
  CHECK_FALSE(sr::for_each_event(folder / "none", note));
}
