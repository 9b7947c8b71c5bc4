#include "core/random.h"

#include <vector>

#include "support/catch.h"

TEST_CASE("hash keeps its values: sample sequences of old runs depend on them", "[core]") {
  CHECK(sr::hash(0, 0, sr::Stream::kCropX) != sr::hash(0, 0, sr::Stream::kCropY));
  CHECK(sr::hash(1, 2, sr::Stream::kCropX) != sr::hash(2, 1, sr::Stream::kCropX));
  CHECK(sr::hash(1024, 7, sr::Stream::kCropX) == 0x1b7574e3b5bc4ed9ULL);
}

TEST_CASE("a sequence of bits is SplitMix64's", "[core]") {
  // The first outputs of the generator's published reference with seed 0.
  CHECK(sr::sequence_bits(0, 0) == 0xe220a8397b1dcdafULL);
  CHECK(sr::sequence_bits(0, 1) == 0x6e789e6aa1b965f4ULL);
  CHECK(sr::sequence_bits(0, 2) == 0x06c45d188009454fULL);
}

TEST_CASE("unit is uniform from 0 up to 1", "[core]") {
  CHECK(sr::unit(0) == 0.0);
  CHECK(sr::unit(~0ULL) < 1.0);
  double sum = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    sum += sr::unit(sr::hash(5, i, sr::Stream::kCropX));
  }
  CHECK(sum / 20000 == Approx(0.5).margin(0.01));
}

TEST_CASE("a permutation visits every index exactly once", "[core]") {
  for (const std::uint64_t size : {1ULL, 2ULL, 3ULL, 7ULL, 64ULL, 91ULL, 1000ULL, 4097ULL}) {
    const sr::Permutation permutation(99, size);
    std::vector<int> seen(size, 0);
    for (std::uint64_t i = 0; i < size; ++i) {
      ++seen.at(permutation(i));
    }
    CHECK(std::vector<int>(size, 1) == seen);
  }
}

TEST_CASE("another key gives another order", "[core]") {
  const sr::Permutation a(1, 1000);
  const sr::Permutation b(2, 1000);
  int same = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    same += a(i) == b(i) ? 1 : 0;
  }
  CHECK(same < 20);
}

TEST_CASE("an empty permutation is refused", "[core]") {
  CHECK_THROWS_AS(sr::Permutation(1, 0), std::invalid_argument);
}
