#include "automation/trend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace sr {

namespace {

constexpr std::size_t kEnoughForAutocorrelation = 20;
constexpr double kLargestAutocorrelation = 0.9;

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double ratio(double effect, double error) {
  if (error > 0) {
    return effect / error;
  }
  return effect == 0 ? 0 : std::copysign(std::numeric_limits<double>::infinity(), effect);
}

double share_of(double change, double level) {
  return level == 0 ? 0 : change / std::abs(level);
}

/// (1 + r) / (1 - r) of residuals whose squares add up to `squares`.
double variance_inflation(const std::vector<double>& residuals, double squares) {
  if (residuals.size() < kEnoughForAutocorrelation || squares <= 0) {
    return 1;
  }
  const double products =
      std::inner_product(residuals.begin() + 1, residuals.end(), residuals.begin(), 0.0);
  const double r = std::clamp(products / squares, 0.0, kLargestAutocorrelation);
  return (1 + r) / (1 - r);
}

}  // namespace

double Trend::relative_change() const {
  return share_of(slope * (dof + 2), mean);
}

Trend fit_trend(std::span<const double> values) {
  Trend trend;
  if (values.size() < 3) {
    return trend;
  }
  const auto count = static_cast<double>(values.size());
  const double middle = (count - 1) / 2;
  const double spread = count * (count * count - 1) / 12;  // sum of (i - middle)^2
  trend.mean = mean_of(values);
  trend.dof = count - 2;
  for (std::size_t i = 0; i < values.size(); ++i) {
    trend.slope += (static_cast<double>(i) - middle) * (values[i] - trend.mean) / spread;
  }
  std::vector<double> residuals;
  double squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double fitted = trend.mean + trend.slope * (static_cast<double>(i) - middle);
    residuals.push_back(values[i] - fitted);
    squares += residuals.back() * residuals.back();
  }
  const double variance = squares / trend.dof * variance_inflation(residuals, squares);
  trend.t = ratio(trend.slope, std::sqrt(variance / spread));
  return trend;
}

double student_quantile(double z, double dof) {
  const double z2 = z * z;
  const double first = z * (z2 + 1) / 4;
  const double second = z * ((5 * z2 + 16) * z2 + 3) / 96;
  const double third = z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384;
  return z + first / dof + second / (dof * dof) + third / (dof * dof * dof);
}

Rise rise_after(std::span<const double> earlier, std::span<const double> later) {
  const double level = mean_of(earlier);
  double squares = 0;
  for (const double value : earlier) {
    squares += (value - level) * (value - level);
  }
  const auto count = static_cast<double>(earlier.size());
  Rise rise;
  rise.dof = count - 1;
  rise.difference = mean_of(later) - level;
  rise.relative = share_of(rise.difference, level);
  const double variance = squares / rise.dof;
  rise.t = ratio(rise.difference,
                 std::sqrt(variance * (1 / count + 1 / static_cast<double>(later.size()))));
  return rise;
}

}  // namespace sr
