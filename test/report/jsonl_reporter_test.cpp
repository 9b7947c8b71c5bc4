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
