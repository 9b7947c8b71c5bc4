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

struct StepNotes final : sr::EventReader {
  std::vector<std::int64_t> steps, void_beyond;
  void read(ordered_json /*event*/, std::int64_t step) override { steps.push_back(step); }
  void make_void_beyond(std::int64_t step) override { void_beyond.push_back(step); }
};

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
  StepNotes notes;
  CHECK(sr::read_events(folder.write("events.jsonl", kEvents), notes));
  CHECK(notes.steps == std::vector<std::int64_t>{0, 100, 200, 100, 150});
  CHECK(notes.void_beyond == std::vector<std::int64_t>{0, 100});
  CHECK_FALSE(sr::read_events(folder / "none", notes));
}
