#include "degrade/draws.h"

#include <map>
#include <set>

#include "support/catch.h"

namespace sr {
namespace {

std::uint64_t nth(std::uint64_t i) {
  return Draws(i).bits(1, StageDraw::kJpeg);
}

}  // namespace

TEST_CASE("no two draws of a sample share their bits", "[degrade]") {
  const Draws draws(42);
  std::set<std::uint64_t> seen;
  for (std::uint64_t draw = 0; draw <= static_cast<std::uint64_t>(StageDraw::kJpegQuality);
       ++draw) {
    seen.insert(draws.bits(1, static_cast<StageDraw>(draw)));
    seen.insert(draws.bits(2, static_cast<StageDraw>(draw)));
  }
  for (auto draw = static_cast<std::uint64_t>(SampleDraw::kSharpenRadius);
       draw <= static_cast<std::uint64_t>(SampleDraw::kOffsetY); ++draw) {
    seen.insert(draws.bits(static_cast<SampleDraw>(draw)));
  }
  CHECK(seen.size() == 2 * 19 + 8);
}

TEST_CASE("draws keep their values: samples of old runs depend on them", "[degrade]") {
  CHECK(Draws(7).bits(2, StageDraw::kBlur) == Draws(7).bits(2, StageDraw::kBlur));
  CHECK(Draws(7).bits(2, StageDraw::kBlur) != Draws(8).bits(2, StageDraw::kBlur));
  CHECK(Draws(7).bits(1, StageDraw::kCutoff) == 0x8b8a7f98fae6f02ULL);
}

TEST_CASE("a probability of 0 never happens and one of 1 always", "[degrade]") {
  for (std::uint64_t i = 0; i < 1000; ++i) {
    REQUIRE_FALSE(chance(nth(i), 0));
    REQUIRE(chance(nth(i), 1));
  }
  CHECK_FALSE(chance(0, 0));
  CHECK(chance(~0ULL, 1));
}

TEST_CASE("uniform numbers stay inside their interval and fill it", "[degrade]") {
  double sum = 0;
  for (std::uint64_t i = 0; i < 10000; ++i) {
    const double value = uniform(nth(i), {-2, 6});
    REQUIRE(value >= -2);
    REQUIRE(value < 6);
    sum += value;
  }
  CHECK(sum / 10000 == Approx(2).margin(0.1));  // 4 standard deviations are 0.092
  CHECK(uniform(nth(5), {3, 3}) == 3);
}

TEST_CASE("odd sizes are equally frequent up to both ends", "[degrade]") {
  std::map<int, int> counts;
  for (std::uint64_t i = 0; i < 8000; ++i) {
    ++counts[odd_size(nth(i), {7, 21})];
  }
  REQUIRE(counts.size() == 8);
  for (const auto& [size, count] : counts) {
    CAPTURE(size);
    CHECK(size % 2 == 1);
    CHECK(count == Approx(1000).margin(120));
  }
  CHECK(counts.begin()->first == 7);
  CHECK(counts.rbegin()->first == 21);
  CHECK(odd_size(~0ULL, {5, 5}) == 5);
}

TEST_CASE("weights need not sum to 1 and nothing of weight 0 is drawn", "[degrade]") {
  const std::vector<double> weights{0, 3, 0, 1, 0};
  std::map<std::size_t, int> counts;
  for (std::uint64_t i = 0; i < 8000; ++i) {
    ++counts[weighted(nth(i), weights)];
  }
  REQUIRE(counts.size() == 2);
  CHECK(counts[1] == Approx(6000).margin(160));
  CHECK(counts[3] == Approx(2000).margin(160));
  CHECK(weighted(0, weights) == 1);
  CHECK(weighted(~0ULL, weights) == 3);
}

}  // namespace sr
