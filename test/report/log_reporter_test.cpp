#include <algorithm>
#include <sstream>

#include "core/error.h"
#include "report/events.h"
#include "report/reporter.h"
#include "report/time_text.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sr::test;

TEST_CASE("the log has a local time before every line", "[report]") {
  const TempFolder folder;
  const auto log = sr::make_log_reporter(folder.path());
  log->on(at(0, start()));
  log->on(at(100, sr::WarningEvent{"first\nsecond", ""}));
  std::istringstream text(read_text(folder / "train.log"));
  const std::string time = sr::local_text("2026-01-31T12:34:56.789Z") + "  ";
  int lines = 0;
  for (std::string line; std::getline(text, line); ++lines) {
    CHECK(line.starts_with(time));
  }
  CHECK(lines > 3);
}

TEST_CASE("the log is appended to and holds what a verbose console shows", "[report]") {
  const TempFolder folder;
  folder.write("train.log", "earlier run\n");
  const auto log = sr::make_log_reporter(folder.path());
  sr::SizeDecisionEvent hold = growth();
  hold.size = hold.from;
  log->on(at(100, hold));
  log->on(at(100, sr::CheckpointEvent{"100.state", 2048, 0.5}));
  const std::string text = read_text(folder / "train.log");
  CHECK(text.starts_with("earlier run\n"));
  CHECK(text.find("lq 48, batch 16 kept") != std::string::npos);
  CHECK(text.find("2.0 KiB") != std::string::npos);
}

TEST_CASE("ticks leave no trace in the log", "[report]") {
  const TempFolder folder;
  sr::make_log_reporter(folder.path())->on(at(100, sr::TickEvent{{48, 16}, 1e-4, 20000}));
  CHECK(read_text(folder / "train.log").empty());
}

TEST_CASE("the log has no control characters whatever a message holds", "[report]") {
  const TempFolder folder;
  sr::make_log_reporter(folder.path())->on(at(1, sr::WarningEvent{"a\x1b[2Jb\rc", "x\ny.png"}));
  const std::string text = read_text(folder / "train.log");
  CHECK(std::none_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 && c != '\n'; }));
}

TEST_CASE("a log that cannot be opened is a storage error", "[report]") {
  CHECK_THROWS_AS(sr::make_log_reporter("/proc/nope"), sr::StorageError);
}
