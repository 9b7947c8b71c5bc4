#include <algorithm>
#include <sstream>

#include "core/error.h"
#include "report/events.h"
#include "report/reporter.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sr::test;
using nlohmann::ordered_json;

TEST_CASE("the event log has one object a line and keeps the lines of earlier runs", "[report]") {
  const TempFolder folder;
  sr::make_jsonl_reporter(folder.path())->on(at(0, start()));
  const auto resumed = sr::make_jsonl_reporter(folder.path());
  resumed->on(at(100, progress()));
  resumed->on(at(100, sr::NoticeEvent{"for people"}));
  resumed->on(at(100, end()));

  std::istringstream text(read_text(folder / "events.jsonl"));
  std::vector<std::string> kinds;
  for (std::string line; std::getline(text, line);) {
    kinds.push_back(ordered_json::parse(line)["event"]);
  }
  CHECK(kinds == std::vector<std::string>{"start", "progress", "end"});
}

namespace {

/// "kind step" of each line.
std::vector<std::string> lines_of(const TempFolder& folder) {
  std::istringstream text(read_text(folder / "events.jsonl"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    const ordered_json event = ordered_json::parse(line);
    lines.push_back(event["event"].get<std::string>() + " " + event["step"].dump());
  }
  return lines;
}

sr::StartEvent resumed() {
  sr::StartEvent event = start();
  event.resumed_from = "100.state";
  return event;
}

}  // namespace

TEST_CASE("a validation that is repeated after a resume stands once in the event log", "[report]") {
  const TempFolder folder;
  const auto killed = sr::make_jsonl_reporter(folder.path());
  killed->on(at(0, start()));
  killed->on(at(100, validation()));
  killed->on(at(100, rate_reduction()));
  const auto again = sr::make_jsonl_reporter(folder.path());
  again->on(at(100, resumed()));
  sr::ValidationEvent repeated = validation();
  repeated.seconds += 1;
  repeated.tile_size = 64;
  repeated.is_best = false;
  again->on(at(100, repeated, 77));
  again->on(at(100, rate_reduction(), 78));
  sr::StopDecisionEvent missing = stop();  // the kill came before it
  again->on(at(100, missing));
  again->on(at(200, validation()));  // of another step
  CHECK(lines_of(folder) == std::vector<std::string>{"start 0", "validation 100", "lr_decision 100",
                                                     "start 100", "stop_decision 100",
                                                     "validation 200"});
}

TEST_CASE("a validation with another outcome, or of a past that is void, is written", "[report]") {
  const TempFolder folder;
  const auto first = sr::make_jsonl_reporter(folder.path());
  first->on(at(0, start()));
  first->on(at(100, validation()));
  const auto back = sr::make_jsonl_reporter(folder.path());
  back->on(at(50, resumed()));  // all beyond step 50 is void from here
  const auto again = sr::make_jsonl_reporter(folder.path());
  again->on(at(100, resumed()));
  again->on(at(100, validation()));
  sr::ValidationEvent other = validation();
  other.metrics.front().second += 1;
  again->on(at(100, other));
  CHECK(lines_of(folder) == std::vector<std::string>{"start 0", "validation 100", "start 50",
                                                     "start 100", "validation 100",
                                                     "validation 100"});
}

TEST_CASE("a message with a newline stays one line of the event log", "[report]") {
  const TempFolder folder;
  sr::make_jsonl_reporter(folder.path())->on(at(0, sr::WarningEvent{"one\ntwo", ""}));
  const std::string text = read_text(folder / "events.jsonl");
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(ordered_json::parse(text)["message"] == "one\ntwo");
}

TEST_CASE("a file name that is not UTF-8 still gives valid JSON", "[report]") {
  const TempFolder folder;
  sr::make_jsonl_reporter(folder.path())->on(at(0, sr::WarningEvent{"small", "caf\xE9.png"}));
  CHECK(ordered_json::parse(read_text(folder / "events.jsonl"))["file"] == "caf\uFFFD.png");
}

TEST_CASE("an event log that cannot be opened is a storage error", "[report]") {
  CHECK_THROWS_AS(sr::make_jsonl_reporter("/proc/nope"), sr::StorageError);
}
