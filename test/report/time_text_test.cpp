#include "report/time_text.h"

#include <cstdlib>
#include <ctime>

#include "core/error.h"
#include "support/catch.h"

using std::chrono::milliseconds;
using std::chrono::system_clock;

TEST_CASE("times are RFC 3339 in UTC with milliseconds", "[report]") {
  const auto at = [](long long ms) {
    return sr::utc_text(system_clock::time_point(milliseconds(ms)));
  };
  CHECK(at(0) == "1970-01-01T00:00:00.000Z");
  CHECK(at(1700000000'042) == "2023-11-14T22:13:20.042Z");
  CHECK(at(1709210096'999) == "2024-02-29T12:34:56.999Z");
}

TEST_CASE("the text of a time reads back", "[report]") {
  CHECK(sr::unix_seconds("2023-11-14T22:13:20.042Z") ==
        Approx(1700000000.042).epsilon(0).margin(1e-6));
  for (const char* wrong :
       {"", "yesterday", "2023-11-14T22:13:20Z", "2023-11-14T22:13:20.042Z+1"}) {
    CHECK_THROWS_AS(sr::unix_seconds(wrong), sr::Error);
  }
}

TEST_CASE("local times follow the time zone", "[report]") {
  const char* before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TZ", "XYZ-2", 1);  // two hours east of Greenwich
  ::tzset();
  CHECK(sr::local_text("2023-11-14T22:13:20.042Z") == "2023-11-15 00:13:20");
  before == nullptr ? ::unsetenv("TZ") : ::setenv("TZ", kept.c_str(), 1);
  ::tzset();
}
