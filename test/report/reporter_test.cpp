#include "report/reporter.h"

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

class Failing : public sr::Reporter {
 public:
  explicit Failing(std::string message) : message_(std::move(message)) {}
  void on(const sr::Event&) override { throw sr::StorageError(message_); }

 private:
  std::string message_;
};

}  // namespace

TEST_CASE("a report stamps step and times and reaches every reporter", "[report]") {
  std::vector<sr::Event> one;
  std::vector<sr::Event> two;
  std::vector<std::unique_ptr<sr::Reporter>> reporters;
  reporters.push_back(std::make_unique<Recorder>(one));
  sr::Report report(std::move(reporters));
  report.add(std::make_unique<Recorder>(two));
  report(41, sr::NoticeEvent{"hello"});
  report(42, sr::NoticeEvent{"again"});

  REQUIRE(one.size() == 2);
  REQUIRE(two.size() == 2);
  CHECK(one[0].step == 41);
  CHECK(std::get<sr::NoticeEvent>(two[1].data).message == "again");
  CHECK(one[0].time == two[0].time);
  CHECK(sr::unix_seconds(one[0].time) > 1.7e9);
  CHECK(one[0].elapsed_s >= 0);
  CHECK(one[1].elapsed_s >= one[0].elapsed_s);
  CHECK(report.elapsed_s() >= one[1].elapsed_s);
}

TEST_CASE("a failing reporter does not silence the others and its error goes on", "[report]") {
  std::vector<sr::Event> seen;
  std::vector<std::unique_ptr<sr::Reporter>> reporters;
  reporters.push_back(std::make_unique<Failing>("first"));
  reporters.push_back(std::make_unique<Failing>("second"));
  reporters.push_back(std::make_unique<Recorder>(seen));
  sr::Report report(std::move(reporters));
  try {
    report(1, sr::NoticeEvent{"hello"});
    FAIL("no error");
  } catch (const sr::StorageError& error) {
    CHECK(std::string(error.what()) == "first");
  }
  CHECK(seen.size() == 1);
}
