#include "export/size_term.h"

#include <cmath>

namespace sr {
namespace {

double power(std::int64_t size, int exponent) {
  return std::pow(static_cast<double>(size), exponent);
}

}  // namespace

std::optional<SizeTerm> size_term(double at_first, double at_second, const ImageSize& first,
                                  const ImageSize& second) {
  if (at_first == at_second) {
    return SizeTerm{at_first, {}};
  }
  if (at_first == 0 || at_second == 0) {
    return std::nullopt;
  }
  constexpr double kRounding = 1e-12;
  constexpr int kCases = 27;
  for (int i = 0; i < kCases; ++i) {
    const std::array<int, 3> powers{i % 3 - 1, i / 3 % 3 - 1, i / 9 - 1};
    double factor = 1;
    double scale = 1;
    for (std::size_t axis = 0; axis < powers.size(); ++axis) {
      factor *= power(second[axis], powers[axis]) / power(first[axis], powers[axis]);
      scale *= power(first[axis], powers[axis]);
    }
    if (std::abs(at_first * factor / at_second - 1) < kRounding) {
      return SizeTerm{at_first / scale, powers};
    }
  }
  return std::nullopt;
}

}  // namespace sr
