#include "automation/trend.h"

#include <cmath>
#include <vector>

#include "automation/simulated_losses.h"
#include "support/catch.h"

TEST_CASE("a straight line has its slope, no error, and its change over the whole stretch",
          "[automation]") {
  const std::vector<double> values{10, 9, 8, 7};
  const sr::Trend trend = sr::fit_trend(values);
  CHECK(trend.slope == Approx(-1));
  CHECK(trend.mean == Approx(8.5));
  CHECK(trend.t < -1e6);
  CHECK(trend.relative_change() == Approx(-4 / 8.5));
}

TEST_CASE("slope and t are those of the textbook", "[automation]") {
  // y = 1, 3, 2, 5: slope 1.1, residual sum of squares 2.7, standard error sqrt(1.35 / 5).
  const std::vector<double> values{1, 3, 2, 5};
  const sr::Trend trend = sr::fit_trend(values);
  CHECK(trend.slope == Approx(1.1));
  CHECK(trend.dof == 2);
  CHECK(trend.t == Approx(1.1 / std::sqrt(1.35 / 5)));
}

TEST_CASE("equal values and too few values have no trend", "[automation]") {
  CHECK(sr::fit_trend(std::vector<double>(40, 0.25)).t == 0);
  CHECK(sr::fit_trend(std::vector<double>{1, 2}).slope == 0);
  CHECK(sr::fit_trend({}).relative_change() == 0);
}

TEST_CASE("quantiles of Student's t agree with tables", "[automation]") {
  CHECK(sr::student_quantile(2.3263479, 8) == Approx(2.896459).epsilon(2e-3));
  CHECK(sr::student_quantile(0.8416212, 38) == Approx(0.851).epsilon(1e-3));
  CHECK(sr::student_quantile(1.6448536, 20) == Approx(1.724718).epsilon(1e-4));
}

TEST_CASE("noise that lasts over several values is not taken for a trend", "[automation]") {
  int white = 0;
  int lasting = 0;
  constexpr int kRuns = 2000;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    for (const double correlation : {0.0, 0.6}) {
      sr::test::Noise noise(seed, correlation);
      std::vector<double> values;
      for (int i = 0; i < 40; ++i) {
        values.push_back(1 + 0.1 * noise.next());
      }
      const bool significant = sr::fit_trend(values).t > sr::student_quantile(2.326, 38);
      (correlation == 0 ? white : lasting) += significant ? 1 : 0;
    }
  }
  CHECK(white < 0.02 * kRuns);
  CHECK(lasting < 0.06 * kRuns);
}

TEST_CASE("a rise is measured in the noise of what came before", "[automation]") {
  const std::vector<double> earlier{1, 3, 1, 3};
  const std::vector<double> later{8, 12};
  const sr::Rise rise = sr::rise_after(earlier, later);
  CHECK(rise.difference == Approx(8));
  CHECK(rise.relative == Approx(4));
  CHECK(rise.dof == 3);
  CHECK(rise.t == Approx(8 / std::sqrt(4.0 / 3 * (0.25 + 0.5))));
  CHECK(sr::rise_after(earlier, std::vector<double>{2}).t == 0);
}
