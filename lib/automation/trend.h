#pragma once

#include <span>

namespace sr {

/// A straight line through values at equal distances, and how far its slope stands out from the
/// values' own noise.
struct Trend {
  double slope = 0;  ///< per distance between two values
  double mean = 0;
  double t = 0;    ///< slope / its standard error; infinite when the values lie on a line
  double dof = 0;  ///< degrees of freedom of t

  /// Change from the first value to one distance after the last one, as a share of |mean|; 0 when
  /// the mean is 0.
  double relative_change() const;
};

/// Least squares. With at least 20 values the standard error is enlarged by sqrt((1 + r) / (1 - r))
/// where r > 0 is the autocorrelation of neighbouring residuals, because noise that lasts over
/// several values makes trends out of nothing. Fewer than 3 values: no trend.
Trend fit_trend(std::span<const double> values);

/// The quantile of Student's t with `dof` > 0 degrees of freedom that is as unlikely as `z` is for
/// a standard normal (Abramowitz & Stegun 1964, 26.7.5).
double student_quantile(double z, double dof);

/// (mean of later - mean of earlier) / its standard error, the noise taken from `earlier` alone:
/// what comes later may be anything. Both with values, `earlier` with at least 2.
struct Rise {
  double difference = 0;
  double relative = 0;  ///< difference / |mean of earlier|; 0 when that mean is 0
  double t = 0;
  double dof = 0;
};
Rise rise_after(std::span<const double> earlier, std::span<const double> later);

}  // namespace sr
