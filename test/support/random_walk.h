#pragma once

#include <cstdint>

namespace sr::test {

/// Numbers for a walk over a test's cases, the same in every run (Knuth's MMIX generator).
class RandomWalk {
 public:
  explicit RandomWalk(std::uint64_t seed) : state_(seed) {}

  /// 0 to below - 1.
  std::uint64_t draw(std::uint64_t below) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33) % below;
  }
  int between(int low, int high) {
    return low + static_cast<int>(draw(static_cast<std::uint64_t>(high - low + 1)));
  }

 private:
  std::uint64_t state_;
};

}  // namespace sr::test
