#include "core/range.h"

#include "support/catch.h"

TEST_CASE("a range holds its bounds unless they are open", "[core]") {
  CHECK(sr::at_least(1).contains(1));
  CHECK_FALSE(sr::at_least(1).contains(0.5));
  CHECK_FALSE(sr::more_than(0).contains(0));
  CHECK(sr::between(2, 4).contains(4));
  CHECK_FALSE(sr::below(0, 1).contains(1));
}

TEST_CASE("a range is written as messages show it", "[core]") {
  CHECK(sr::Range{}.text().empty());
  CHECK(sr::at_least(1).text() == ">= 1");
  CHECK(sr::more_than(0).text() == "> 0");
  CHECK(sr::between(2, 4).text() == "2 to 4");
  CHECK(sr::between(3, 3).text() == "3");
  CHECK(sr::below(0, 1).text() == "0 <= x < 1");
}
