#include "data/mix_draw.h"

#include <algorithm>
#include <map>
#include <vector>

#include "support/catch.h"

namespace sr {
namespace {

constexpr BatchMix kAll[] = {BatchMix::kNone, BatchMix::kMixup, BatchMix::kCutmix,
                             BatchMix::kResizemix, BatchMix::kCutblur};

BatchMixOptions on() {
  BatchMixOptions options;
  options.use_moa = true;
  return options;
}

BatchMixOptions only(BatchMix kind) {
  BatchMixOptions options = on();
  options.moa_augs = {kind};
  options.moa_probs = {1};
  return options;
}

}  // namespace

TEST_CASE("without use_moa no sample is mixed", "[data]") {
  for (std::uint64_t sample = 0; sample < 100; ++sample) {
    CHECK(draw_mix({}, 1, sample).kind == BatchMix::kNone);
  }
}

TEST_CASE("ways of mixing come as often as they weigh", "[data]") {
  BatchMixOptions options = on();
  options.moa_probs = {4, 1, 1, 0, 2};  // relative to their sum
  std::map<BatchMix, int> times;
  constexpr int kSamples = 20000;
  for (std::uint64_t sample = 0; sample < kSamples; ++sample) {
    ++times[draw_mix(options, 5, sample).kind];
  }
  for (std::size_t i = 0; i < options.moa_augs.size(); ++i) {
    CHECK(times[kAll[i]] == Approx(options.moa_probs[i] / 8 * kSamples).margin(250));
  }
}

TEST_CASE("a draw follows from seed and sample alone", "[data]") {
  const auto same = [](const MixDraw& a, const MixDraw& b) {
    return a.kind == b.kind && a.partner == b.partner && a.amount == b.amount && a.x == b.x &&
           a.y == b.y;
  };
  const MixDraw seventh = draw_mix(on(), 3, 7);
  draw_mix(on(), 3, 1);
  CHECK(same(draw_mix(on(), 3, 7), seventh));
  CHECK_FALSE(same(draw_mix(on(), 3, 8), seventh));
  CHECK_FALSE(same(draw_mix(on(), 4, 7), seventh));
}

TEST_CASE("strengths are in the ranges of traiNNer-redux", "[data]") {
  struct Limits {
    BatchMix kind;
    double low, high;
  };
  for (const auto& [kind, low, high] :
       {Limits{BatchMix::kMixup, 0.4, 0.6}, Limits{BatchMix::kCutmix, 0.316, 1},
        Limits{BatchMix::kResizemix, 0.5, 0.9}, Limits{BatchMix::kCutblur, 0.2, 0.7}}) {
    double least = 2, most = -1;
    for (std::uint64_t sample = 0; sample < 4000; ++sample) {
      const double amount = draw_mix(only(kind), 9, sample).amount;
      least = std::min(least, amount);
      most = std::max(most, amount);
    }
    CHECK(least >= low);
    CHECK(least < low + 0.01);
    CHECK(most <= high);
    CHECK(most > high - 0.01);
  }
}

TEST_CASE("a box is a square around its middle that ends at the border", "[data]") {
  MixDraw draw{BatchMix::kCutmix, 0, 0.5, 0.5, 0.5};
  CHECK(mix_box(draw, 16) == MixBox{4, 4, 12, 12});
  draw.x = 0;
  draw.y = 0.99;
  CHECK(mix_box(draw, 16) == MixBox{0, 11, 4, 16});
  draw.amount = 0.01;
  CHECK(mix_box(draw, 16) == MixBox{0, 14, 1, 16});  // never empty
}

TEST_CASE("boxes of all draws lie in the crop and hold a pixel", "[data]") {
  for (const BatchMix kind : {BatchMix::kCutmix, BatchMix::kResizemix, BatchMix::kCutblur}) {
    for (std::uint64_t sample = 0; sample < 500; ++sample) {
      for (const int side : {1, 2, 3, 7, 64}) {
        const MixBox box = mix_box(draw_mix(only(kind), 2, sample), side);
        REQUIRE(box.left >= 0);
        REQUIRE(box.top >= 0);
        REQUIRE(box.right <= side);
        REQUIRE(box.bottom <= side);
        REQUIRE(box.width() > 0);
        REQUIRE(box.height() > 0);
      }
    }
  }
}

TEST_CASE("the other sample is any but the same one", "[data]") {
  std::map<std::int64_t, int> times;
  constexpr int kSamples = 6000;
  for (std::uint64_t sample = 0; sample < kSamples; ++sample) {
    ++times[mix_partner(draw_mix(only(BatchMix::kMixup), 1, sample), 2, 4)];
  }
  CHECK(times.size() == 3);
  CHECK_FALSE(times.contains(2));
  for (const auto& [partner, number] : times) {
    CHECK(number == Approx(kSamples / 3).margin(150));
  }
  CHECK(mix_partner({}, 0, 1) == 0);
}

}  // namespace sr
