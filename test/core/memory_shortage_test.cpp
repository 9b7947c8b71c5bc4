#include "core/memory_shortage.h"

#include "core/units.h"
#include "support/catch.h"
#include "support/thrown.h"

namespace sr {

TEST_CASE("the table of what does not fit adds up", "[core]") {
  const std::string table = table_of({.held = 3 * kMiB,
                                      .requested = 4 * kMiB,
                                      .between_steps = 2 * kMiB,
                                      .external = kMiB,
                                      .total = 6 * kMiB});
  CHECK(test::contains(table, "needed, at least       7.0 MiB"));
  CHECK(test::contains(table, "between steps        2.0 MiB"));
  CHECK(test::contains(table, "free                   2.0 MiB"));
  CHECK(test::contains(table, "others                 1.0 MiB"));
  CHECK(test::contains(table, "limit                  6.0 MiB"));
}

TEST_CASE("nothing is free where more is held than the limit allows", "[core]") {
  const std::string table =
      table_of({.held = 3 * kMiB, .between_steps = std::nullopt, .total = kMiB});
  CHECK(test::contains(table, "free                       0 B"));
  CHECK_FALSE(test::contains(table, "between steps"));
}

}  // namespace sr
