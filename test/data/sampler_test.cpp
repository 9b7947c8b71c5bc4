#include "data/sampler.h"

#include <set>
#include <stdexcept>
#include <vector>

#include "data/plain_sampler.h"
#include "support/catch.h"

namespace sr {
namespace {

using test::plain_sampler;

std::vector<std::uint64_t> pass_order(const Sampler& sampler, std::uint64_t images,
                                      std::uint64_t pass) {
  std::vector<std::uint64_t> order;
  for (std::uint64_t i = 0; i < images; ++i) {
    order.push_back(sampler(pass * images + i).image);
  }
  return order;
}

}  // namespace

TEST_CASE("every image comes exactly once in each pass", "[data]") {
  for (const std::uint64_t images : {1U, 2U, 3U, 91U, 1000U}) {
    const Sampler sampler = plain_sampler(7, images, true, true);
    for (std::uint64_t pass = 0; pass < 5; ++pass) {
      const auto order = pass_order(sampler, images, pass);
      const std::set<std::uint64_t> seen(order.begin(), order.end());
      CHECK(seen.size() == images);
      CHECK(*seen.rbegin() == images - 1);
    }
  }
}

TEST_CASE("the order of images differs from pass to pass and from seed to seed", "[data]") {
  const Sampler sampler = plain_sampler(7, 91, true, true);
  CHECK(pass_order(sampler, 91, 0) != pass_order(sampler, 91, 1));
  CHECK(pass_order(sampler, 91, 0) != pass_order(plain_sampler(8, 91, true, true), 91, 0));
  CHECK(pass_order(sampler, 91, 3) == pass_order(plain_sampler(7, 91, true, true), 91, 3));
}

TEST_CASE("every sample has a key of its own for its degradation", "[data]") {
  const Sampler sampler = plain_sampler(1, 10, true, true);
  std::set<std::uint64_t> keys;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    keys.insert(sampler(i).degradation_key);
  }
  CHECK(keys.size() == 1000);
  CHECK(keys.count(plain_sampler(2, 10, true, true)(5).degradation_key) == 0);
  CHECK(sampler(5).degradation_key == plain_sampler(1, 10, false, false)(5).degradation_key);
}

TEST_CASE("crop centres fill the unit interval and are independent of each other", "[data]") {
  const Sampler sampler = plain_sampler(1, 10, true, true);
  double u_sum = 0;
  double v_sum = 0;
  double product = 0;
  constexpr int kSamples = 4000;
  for (std::uint64_t i = 0; i < kSamples; ++i) {
    const SampleDescriptor sample = sampler(i);
    REQUIRE((sample.u >= 0 && sample.u < 1 && sample.v >= 0 && sample.v < 1));
    u_sum += sample.u;
    v_sum += sample.v;
    product += (sample.u - 0.5) * (sample.v - 0.5);
  }
  CHECK(u_sum / kSamples == Approx(0.5).margin(0.02));
  CHECK(v_sum / kSamples == Approx(0.5).margin(0.02));
  CHECK(product / kSamples == Approx(0.0).margin(0.006));
}

TEST_CASE("all eight orientations come up equally often", "[data]") {
  const Sampler sampler = plain_sampler(5, 10, true, true);
  std::vector<int> count(8, 0);
  for (std::uint64_t i = 0; i < 8000; ++i) {
    const Augmentation how = sampler(i).augmentation;
    ++count[(how.flip_horizontal ? 1U : 0U) + (how.flip_vertical ? 2U : 0U) +
            (how.transpose ? 4U : 0U)];
  }
  for (const int times : count) {
    CHECK(times == Approx(1000).margin(120));
  }
}

TEST_CASE("use_hflip and use_rot switch their own flips and change no crop", "[data]") {
  const Sampler all = plain_sampler(5, 10, true, true);
  const Sampler mirror = plain_sampler(5, 10, true, false);
  const Sampler turn = plain_sampler(5, 10, false, true);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Augmentation how = all(i).augmentation;
    CHECK(mirror(i).augmentation.flip_horizontal == how.flip_horizontal);
    CHECK_FALSE(mirror(i).augmentation.flip_vertical);
    CHECK_FALSE(mirror(i).augmentation.transpose);
    CHECK_FALSE(turn(i).augmentation.flip_horizontal);
    CHECK(turn(i).augmentation.flip_vertical == how.flip_vertical);
    CHECK(turn(i).augmentation.transpose == how.transpose);
    CHECK(mirror(i).u == all(i).u);
    CHECK(turn(i).image == all(i).image);
  }
}

TEST_CASE("a data set without images has no samples", "[data]") {
  CHECK_THROWS_AS(plain_sampler(1, 0, true, true), std::invalid_argument);
}

}  // namespace sr
