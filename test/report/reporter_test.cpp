#include "report/reporter.h"

#include <chrono>

#include "core/error.h"
#include "report/events.h"
#include "report/time_text.h"
#include "support/catch.h"

namespace {

class Recorder : public sr::Reporter {
 public:
  explicit Recorder(std::vector<sr::Event>& seen) : seen_(seen) {}
  void on(const sr::Event& event) override { seen_.push_back(event); }

 private:
  std::vector<sr::Event>& seen_;
};

/// Fails while `broken`.
class Fragile : public sr::Reporter {
 public:
  Fragile(std::string message, const bool& broken)
      : message_(std::move(message)), broken_(broken) {}
  void on(const sr::Event&) override {
    if (broken_) {
      throw sr::StorageError(message_);
    }
  }

 private:
  std::string message_;
  const bool& broken_;
};

std::vector<std::string> warnings(const std::vector<sr::Event>& events) {
  std::vector<std::string> messages;
  for (const sr::Event& event : events) {
    if (const auto* warning = std::get_if<sr::WarningEvent>(&event.data)) {
      messages.push_back(warning->message);
    }
  }
  return messages;
}

}  // namespace

TEST_CASE("a report stamps step and times and reaches every reporter", "[report]") {
  std::vector<sr::Event> one;
  std::vector<sr::Event> two;
  sr::Report report(sr::Report::Clock::now() - std::chrono::seconds(100));
  report.add(std::make_unique<Recorder>(one));
  report.add(std::make_unique<Recorder>(two));
  report(41, sr::NoticeEvent{"hello"});
  report(42, sr::NoticeEvent{"again"});

  REQUIRE(one.size() == 2);
  REQUIRE(two.size() == 2);
  CHECK(one[0].step == 41);
  CHECK(std::get<sr::NoticeEvent>(two[1].data).message == "again");
  CHECK(one[0].time == two[0].time);
  CHECK(sr::unix_seconds(one[0].time) > 1.7e9);
  CHECK(one[0].elapsed_s >= 100);
  CHECK(one[1].elapsed_s >= one[0].elapsed_s);
}

TEST_CASE("a failing reporter ends nothing and is told of once until it works again", "[report]") {
  bool broken = true;
  std::vector<sr::Event> seen;
  sr::Report report;
  report.add(std::make_unique<Fragile>("first", broken));
  report.add(std::make_unique<Recorder>(seen));
  report.add(std::make_unique<Fragile>("second", broken));
  report(1, sr::NoticeEvent{"hello"});
  report(2, sr::NoticeEvent{"hello"});
  REQUIRE(warnings(seen).size() == 2);
  CHECK_THAT(warnings(seen)[0], Catch::StartsWith("first"));
  CHECK_THAT(warnings(seen)[1], Catch::StartsWith("second"));
  CHECK(seen.size() == 4);
  CHECK(seen[1].step == 1);

  broken = false;
  report(3, sr::NoticeEvent{"hello"});
  broken = true;
  report(4, sr::NoticeEvent{"hello"});
  CHECK(warnings(seen).size() == 4);
}

TEST_CASE("a report that nobody can write ends nothing", "[report]") {
  const bool broken = true;
  sr::Report report;
  report.add(std::make_unique<Fragile>("only", broken));
  CHECK_NOTHROW(report(1, sr::NoticeEvent{"hello"}));
}
