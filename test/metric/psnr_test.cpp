#include <cmath>
#include <stdexcept>

#include "distorted.h"
#include "metric/metric.h"
#include "support/catch.h"

using sr::psnr;
using sr::test::distorted;
using sr::test::pattern;

// The numbers come from scripts/golden/image_metrics.py.
TEST_CASE("PSNR agrees with an independent implementation", "[metric]") {
  const cv::Mat gt = pattern(37, 29);
  const cv::Mat output = distorted(gt);
  CHECK(psnr(output, gt, {0, false}) == Approx(32.586933877351).epsilon(1e-11));
  CHECK(psnr(output, gt, {0, true}) == Approx(39.855444283779).epsilon(1e-11));
  CHECK(psnr(output, gt, {4, false}) == Approx(32.583588584755).epsilon(1e-11));
  CHECK(psnr(output, gt, {4, true}) == Approx(39.830446489428).epsilon(1e-11));
}

TEST_CASE("PSNR of one level of difference is 20 log 255", "[metric]") {
  const cv::Mat a(5, 4, CV_8UC3, cv::Scalar::all(10));
  const cv::Mat b(5, 4, CV_8UC3, cv::Scalar::all(11));
  CHECK(psnr(a, b, {}) == Approx(20.0 * std::log10(255.0)));
}

TEST_CASE("PSNR of equal images is 100 dB", "[metric]") {
  CHECK(psnr(pattern(9, 9), pattern(9, 9), {}) == 100);
  CHECK(psnr(pattern(9, 9), pattern(9, 9), {2, true}) == 100);
}

TEST_CASE("PSNR of images that differ is never above that of equal ones", "[metric]") {
  const cv::Mat gt(400, 500, CV_8UC3, cv::Scalar::all(255));
  cv::Mat output = gt.clone();
  output.at<cv::Vec3b>(7, 7)[0] = 254;  // an MSE of 1 in 600,000: 105.9 dB by the formula
  CHECK(psnr(output, gt, {}) == 100);
  output.at<cv::Vec3b>(7, 7)[0] = 245;
  CHECK(psnr(output, gt, {}) == Approx(10 * std::log10(255.0 * 255 * 600000 / 100)));
}

TEST_CASE("a difference inside the cropped border does not count", "[metric]") {
  const cv::Mat output = pattern(9, 9);
  output.row(1).setTo(cv::Scalar::all(0));
  CHECK(psnr(output, pattern(9, 9), {1, false}) < 100);
  CHECK(psnr(output, pattern(9, 9), {2, false}) == 100);
}

TEST_CASE("images that cannot be compared are refused", "[metric]") {
  CHECK_THROWS_AS(psnr(pattern(9, 9), pattern(9, 8), {}), std::invalid_argument);
  CHECK_THROWS_AS(psnr(pattern(9, 9), pattern(9, 9), {5, false}), std::invalid_argument);
  CHECK_THROWS_AS(psnr(pattern(9, 9), pattern(9, 9), {-1, false}), std::invalid_argument);
  const cv::Mat deep(9, 9, CV_16UC3, cv::Scalar::all(1));
  CHECK_THROWS_AS(psnr(deep, deep, {}), std::invalid_argument);
}
