#include "degrade/poisson.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>

#include "degrade/noise.h"

namespace sr {
namespace {

constexpr double kSteps = 65536;

}  // namespace

const PoissonTable& PoissonTable::with_exponent(int exponent) {
  static std::array<std::once_flag, 9> made;
  static std::array<std::unique_ptr<const PoissonTable>, 9> tables;
  const auto place = static_cast<std::size_t>(exponent);
  std::call_once(made.at(place),
                 [&] { tables[place] = std::make_unique<const PoissonTable>(1 << exponent); });
  return *tables[place];
}

PoissonTable::PoissonTable(int n) {
  for (std::size_t level = 0; level < rows_.size(); ++level) {
    Row& row = rows_[level];
    const double mean = static_cast<double>(level) / 255 * n;
    row.mean = static_cast<float>(mean);
    row.deviation = static_cast<float>(std::sqrt(mean));
    row.begin = ends_.size();
    double probability = std::exp(-mean);  // of deviate k; means up to 256 do not underflow
    double below = 0;                      // of deviates up to k
    std::uint32_t end = 0;
    for (int k = 0; end < kSteps; ++k) {
      below += probability;
      // Index i stands for (i + 1/2) / 65536. What is left beyond a last step is added to it.
      end = static_cast<std::uint32_t>(std::clamp(std::ceil(below * kSteps - 0.5), 0.0, kSteps));
      if (end > 0) {
        row.first = row.begin == ends_.size() ? k : row.first;
        ends_.push_back(end);
      }
      probability *= mean / (k + 1);
    }
    row.count = static_cast<int>(ends_.size() - row.begin);
  }
}

int PoissonTable::draw(int level, std::uint32_t index) const {
  const Row& row = rows_[static_cast<std::size_t>(level)];
  const std::uint32_t* ends = ends_.data() + row.begin;
  // The normal distribution of the same mean and variance is off by a step or two.
  const int guess = static_cast<int>(row.mean + row.deviation * normal_quantile(index));
  int at = std::clamp(guess - row.first, 0, row.count - 1);
  while (ends[at] <= index) {
    ++at;
  }
  while (at > 0 && ends[at - 1] > index) {
    --at;
  }
  return row.first + at;
}

}  // namespace sr
