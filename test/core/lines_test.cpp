#include "core/lines.h"

#include "support/catch.h"

TEST_CASE("lists of names are shortened with a count", "[core]") {
  CHECK(sr::shortened_list({}) == "");
  CHECK(sr::shortened_list({"a", "b"}) == "a, b");
  CHECK(sr::shortened_list({"a", "b", "c"}, 2) == "a, b and 1 more");
  const std::string twenty = sr::shortened_list(std::vector<std::string>(20, "x"));
  CHECK(twenty.find("more") == std::string::npos);
  CHECK(sr::shortened_list(std::vector<std::string>(37, "x")) == twenty + " and 17 more");
}

TEST_CASE("lines are appended in their order", "[core]") {
  std::vector<std::string> lines{"a"};
  sr::append_lines(lines, {"b", "c"});
  CHECK(lines == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("a text is shortened between its characters", "[core]") {
  CHECK(sr::shortened("abc", 3) == "abc");
  CHECK(sr::shortened("abcd", 3) == "abc...");
  CHECK(sr::shortened("a\u00e9b", 2) == "a...");  // the second byte of two
  CHECK(sr::shortened("a\u00e9b", 3) == "a\u00e9...");
}
