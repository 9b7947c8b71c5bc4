#include <stdexcept>

#include "distorted.h"
#include "metric/metric.h"
#include "support/catch.h"

using sr::ssim;
using sr::test::distorted;
using sr::test::pattern;

// The numbers come from scripts/golden/image_metrics.py.
TEST_CASE("SSIM agrees with an independent implementation", "[metric]") {
  const cv::Mat gt = pattern(37, 29);
  const cv::Mat output = distorted(gt);
  CHECK(ssim(output, gt, {0, false}) == Approx(0.989937045169).epsilon(1e-10));
  CHECK(ssim(output, gt, {0, true}) == Approx(0.996601104120).epsilon(1e-10));
  CHECK(ssim(output, gt, {4, false}) == Approx(0.987746014412).epsilon(1e-10));
  CHECK(ssim(output, gt, {4, true}) == Approx(0.996111035047).epsilon(1e-10));
}

TEST_CASE("SSIM of equal images is 1 and SSIM is symmetric", "[metric]") {
  const cv::Mat gt = pattern(20, 15);
  CHECK(ssim(gt, gt, {}) == Approx(1.0).epsilon(1e-12));
  CHECK(ssim(gt, distorted(gt), {}) == Approx(ssim(distorted(gt), gt, {})).epsilon(1e-12));
}

TEST_CASE("SSIM of two constants is the luminance term", "[metric]") {
  const cv::Mat a(12, 12, CV_8UC3, cv::Scalar::all(100));
  const cv::Mat b(12, 12, CV_8UC3, cv::Scalar::all(150));
  const double c1 = 2.55 * 2.55;
  CHECK(ssim(a, b, {}) == Approx((2.0 * 100 * 150 + c1) / (100.0 * 100 + 150.0 * 150 + c1)));
}

TEST_CASE("SSIM needs a whole window after the crop", "[metric]") {
  CHECK_NOTHROW(ssim(pattern(15, 15), pattern(15, 15), {2, false}));
  CHECK_THROWS_AS(ssim(pattern(14, 15), pattern(14, 15), {2, false}), std::invalid_argument);
  CHECK_THROWS_AS(ssim(pattern(15, 15), pattern(15, 16), {}), std::invalid_argument);
}
