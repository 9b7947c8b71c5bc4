#include "degrade/draws.h"

#include <numeric>

#include "core/random.h"

namespace sr {
namespace {

constexpr std::uint64_t kDrawsOfAStage = 100;

}  // namespace

std::uint64_t Draws::bits(int stage, StageDraw draw) const {
  const auto number = static_cast<std::uint64_t>(stage) * kDrawsOfAStage;
  return hash(key_, number + static_cast<std::uint64_t>(draw), Stream::kDegradation);
}

std::uint64_t Draws::bits(SampleDraw draw) const {
  return hash(key_, static_cast<std::uint64_t>(draw), Stream::kDegradation);
}

bool chance(std::uint64_t bits, double probability) {
  return unit(bits) < probability;
}

double uniform(std::uint64_t bits, Interval interval) {
  return interval.low + unit(bits) * (interval.high - interval.low);
}

int odd_size(std::uint64_t bits, Interval range) {
  const int low = static_cast<int>(range.low);
  const int sizes = (static_cast<int>(range.high) - low) / 2 + 1;
  return low + 2 * static_cast<int>(unit(bits) * sizes);
}

std::size_t weighted(std::uint64_t bits, const std::vector<double>& weights) {
  double rest = unit(bits) * std::accumulate(weights.begin(), weights.end(), 0.0);
  std::size_t last = 0;  // of weight above 0: rounding may leave a rest after all of them
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) {
      continue;
    }
    if (rest < weights[i]) {
      return i;
    }
    rest -= weights[i];
    last = i;
  }
  return last;
}

}  // namespace sr
