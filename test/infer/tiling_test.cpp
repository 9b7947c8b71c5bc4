#include "infer/tiling.h"

#include "support/catch.h"

using sr::Span;
using sr::Surroundings;
using sr::Tiling;

TEST_CASE("a side is cut into equal tiles that are no larger than asked", "[infer]") {
  CHECK((Tiling(100, 40, {}).tiles() == std::vector<Span>{{0, 33}, {33, 66}, {66, 100}}));
  CHECK((Tiling(65, 64, {}).tiles() == std::vector<Span>{{0, 32}, {32, 65}}));
  CHECK((Tiling(64, 64, {}).tiles() == std::vector<Span>{{0, 64}}));
  CHECK((Tiling(3, 1, {}).tiles() == std::vector<Span>{{0, 1}, {1, 2}, {2, 3}}));
}

TEST_CASE("within its reach a network sees all it needs, and nothing is blended", "[infer]") {
  const Tiling tiling(100, 50, Surroundings{.reach = 18, .grid = 1, .least_overlap = 8});
  CHECK(tiling.ramp() == 0);
  CHECK(tiling.window(0) == Span{0, 68});
  CHECK(tiling.window(1) == Span{32, 100});
  CHECK(tiling.kept(0) == Span{0, 50});
  CHECK(tiling.kept(1) == Span{50, 100});
  CHECK(Tiling(100, 50, {.reach = 3, .grid = 1, .least_overlap = 8}).window(0) == Span{0, 58});
}

TEST_CASE("tiles of a far-reaching network run into each other", "[infer]") {
  const std::optional<int> reach = GENERATE(std::optional<int>(), std::optional<int>(65));
  const Tiling tiling(200, 100, Surroundings{.reach = reach, .grid = 1, .least_overlap = 8});
  CHECK(tiling.window(0) == Span{0, 132});
  CHECK(tiling.ramp() == 16);
  CHECK(tiling.kept(0) == Span{0, 116});
  CHECK(tiling.kept(1) == Span{84, 200});
  // Ramps of small tiles do not meet.
  CHECK(Tiling(60, 20, Surroundings{.reach = reach, .grid = 1, .least_overlap = 8}).ramp() == 10);
}

TEST_CASE("windows begin on the grid and end on it or with the image", "[infer]") {
  const Tiling tiling(99, 50, Surroundings{.reach = 5, .grid = 4, .least_overlap = 0});
  CHECK(tiling.window(0) == Span{0, 56});   // 49 + 5 = 54
  CHECK(tiling.window(1) == Span{44, 99});  // 49 - 5 = 44
}
