#include "dialect/nearest.h"

#include "support/catch.h"

using sr::settings::edit_distance;
using sr::settings::nearest_word;

TEST_CASE("edit distance counts insertions deletions replacements and swaps", "[dialect]") {
  CHECK(edit_distance("", "") == 0);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("abc", "abd") == 1);
  CHECK(edit_distance("abc", "acb") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("the nearest word ignores case and nothing near is nothing", "[dialect]") {
  const std::vector<std::string> known{"total_iter", "warmup_iter", "losses"};
  CHECK(nearest_word("totaliter", known) == "total_iter");
  CHECK(nearest_word("LOSES", known) == "losses");
  CHECK_FALSE(nearest_word("scale", known).has_value());
  CHECK_FALSE(nearest_word("x", {}).has_value());
  CHECK(nearest_word("ir", {"lr"}) == "lr");
  CHECK_FALSE(nearest_word("foo", {"eco"}).has_value());
}
