#include "data/item_order.h"

#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "data/pass_of.h"
#include "support/catch.h"

namespace sr {
namespace {

using test::pass_of;

}  // namespace

TEST_CASE("shuffled items come once a pass and differently in each", "[data]") {
  const auto order = shuffled_items(3, 50);
  REQUIRE(order->size() == 50);
  for (std::uint64_t pass = 0; pass < 4; ++pass) {
    const auto items = pass_of(*order, pass);
    CHECK(std::set<std::uint64_t>(items.begin(), items.end()).size() == 50);
    CHECK(items != pass_of(*order, pass + 1));
  }
  CHECK_THROWS_AS(shuffled_items(3, 0), std::invalid_argument);
}

TEST_CASE("weighted roots get the same quota in every pass", "[data]") {
  // 100 places: one for each root, and 97 by 1 : 1 : 8 = 9.7, 9.7, 77.6.
  const std::vector<WeightedRoot> roots{{60, 1.0}, {30, 1.0}, {10, 8.0}};
  const auto order = weighted_roots(5, roots);
  REQUIRE(order->size() == 100);
  for (std::uint64_t pass = 0; pass < 20; ++pass) {
    std::array<int, 3> count{};
    for (const std::uint64_t item : pass_of(*order, pass)) {
      ++count[item < 60 ? 0 : item < 90 ? 1 : 2];
    }
    CHECK(count == std::array<int, 3>{11, 11, 78});
  }
}

TEST_CASE("a weighted root shows each of its images before any comes again", "[data]") {
  const std::vector<WeightedRoot> roots{{7, 3.0}, {13, 1.0}};
  const auto order = weighted_roots(9, roots);
  std::map<std::uint64_t, int> times;
  int shown = 0;
  for (std::uint64_t pass = 0; pass < 30; ++pass) {
    for (const std::uint64_t item : pass_of(*order, pass)) {
      if (item < 7) {
        ++times[item];
        ++shown;
      }
    }
    // Counts inside a root never differ by more than the turn that is under way.
    int least = shown;
    int most = 0;
    for (std::uint64_t item = 0; item < 7; ++item) {
      least = std::min(least, times[item]);
      most = std::max(most, times[item]);
    }
    CHECK(most - least <= 1);
    CHECK(least == shown / 7);
  }
}

TEST_CASE("a root with hardly any weight still takes part and empty ones are refused", "[data]") {
  const auto order = weighted_roots(1, std::vector<WeightedRoot>{{5, 1e-9}, {5, 1.0}});
  int first = 0;
  for (const std::uint64_t item : pass_of(*order, 0)) {
    first += item < 5 ? 1 : 0;
  }
  CHECK(first == 1);
  CHECK_THROWS_AS(weighted_roots(1, std::vector<WeightedRoot>{{5, 0.0}}), std::invalid_argument);
  CHECK_THROWS_AS(weighted_roots(1, std::vector<WeightedRoot>{{0, 1.0}}), std::invalid_argument);
  CHECK_THROWS_AS(weighted_roots(1, std::vector<WeightedRoot>{}), std::invalid_argument);
}

}  // namespace sr
