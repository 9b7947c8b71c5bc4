#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "core/random.h"

namespace sr::test {

/// Reproducible noise with mean 0 and standard deviation 1, number `seed`.
class Noise {
 public:
  /// Neighbouring values correlate by `correlation` in [0, 1).
  explicit Noise(std::uint64_t seed, double correlation = 0)
      : seed_(seed), correlation_(correlation) {}
  double next() {
    const double first = 1 - unit(hash(seed_, count_++, Stream::kStep));
    const double second = unit(hash(seed_, count_++, Stream::kStep));
    const double fresh = std::sqrt(-2 * std::log(first)) * std::cos(2 * std::numbers::pi * second);
    last_ = correlation_ * last_ + std::sqrt(1 - correlation_ * correlation_) * fresh;
    return last_;
  }

 private:
  std::uint64_t seed_;
  double correlation_;
  std::uint64_t count_ = 0;
  double last_ = 0;
};

}  // namespace sr::test
