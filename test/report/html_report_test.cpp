#include "report/html_report.h"

#include <array>
#include <string>

#include "core/error.h"
#include "report/events.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sr::test;
using nlohmann::ordered_json;

namespace {

/// The data that a page holds, as its script reads it.
ordered_json data_of(const std::string& page) {
  const std::string open = R"(<script id="data" type="application/json">)";
  const std::size_t begin = page.find(open) + open.size();
  return ordered_json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

}  // namespace

TEST_CASE("the page holds the runs and asks nothing of a network", "[report]") {
  const std::array<ordered_json, 2> runs{ordered_json{{"name", "one"}},
                                         ordered_json{{"name", "two"}}};
  const std::string page = sr::html_report(runs);
  CHECK(data_of(page)["runs"].size() == 2);
  CHECK(data_of(page)["runs"][1]["name"] == "two");
  CHECK(page.find("src=\"http") == std::string::npos);
  CHECK(page.find("<link") == std::string::npos);
  CHECK(page.find("default-src 'none'") != std::string::npos);
  CHECK(page.find("@STYLE@") == std::string::npos);
  CHECK(page.find("@SCRIPT@") == std::string::npos);
}

TEST_CASE("no text of a run can end the data or stand in for a part of the page", "[report]") {
  const std::string hostile = "</script><script>alert(1)</script><!-- @SCRIPT@ \xff";
  const std::array<ordered_json, 1> runs{ordered_json{{"name", hostile}}};
  const std::string page = sr::html_report(runs);
  CHECK(page.find("</script><script>alert") == std::string::npos);
  CHECK(data_of(page)["runs"][0]["name"] ==
        "</script><script>alert(1)</script><!-- @SCRIPT@ \uFFFD");
}

TEST_CASE("the report of a run is written at validations and at the end", "[report]") {
  const TempFolder folder;
  const auto log = sr::make_jsonl_reporter(folder.path());
  const auto report = sr::make_html_reporter(folder.path());
  const auto on = [&](const sr::Event& event) {
    log->on(event);
    report->on(event);
  };
  on(at(0, start()));
  on(at(100, progress()));
  CHECK_FALSE(std::filesystem::exists(folder / "report.html"));
  sr::ValidationEvent validation;
  validation.dataset = "set";
  validation.metrics = {{"psnr", 30.0}};
  validation.best = 30;
  on(at(100, validation));
  CHECK(data_of(read_text(folder / "report.html"))["runs"][0]["validations"].size() == 1);
  on(at(200, progress()));
  on(at(200, end()));
  CHECK(data_of(read_text(folder / "report.html"))["runs"][0]["progress"].size() == 2);
}

TEST_CASE("several folders make one page, in the first folder or where asked", "[report]") {
  const TempFolder folder;
  for (const char* name : {"a", "b"}) {
    sr::make_jsonl_reporter(folder / name)->on(at(0, start()));
  }
  const std::array<std::filesystem::path, 2> runs{folder / "a", folder / "b"};
  CHECK(sr::write_html_report(runs) == folder / "a" / "report.html");
  CHECK(data_of(read_text(folder / "a" / "report.html"))["runs"].size() == 2);
  CHECK(sr::write_html_report(runs, folder / "both.html") == folder / "both.html");
  const std::array<std::filesystem::path, 1> none{folder / "c"};
  CHECK_THROWS_AS(sr::write_html_report(none), sr::DataError);
}
