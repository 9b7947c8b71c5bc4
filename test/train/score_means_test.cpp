#include "train/score_means.h"

#include <cmath>

#include <opencv2/core.hpp>

#include "metric/metric.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::MetricConfig;
using sr::ScoreMeans;
using sr::test::pattern;

namespace {

const std::vector<MetricConfig> kMetrics{{"psnr", "calculate_psnr", 2, true, true},
                                         {"ssim", "calculate_ssim", 2, true, true}};
const std::vector<sr::Metric> kFunctions = sr::make_metrics(kMetrics);

cv::Mat darker(const cv::Mat& image) {
  return image * 0.9;
}

}  // namespace

TEST_CASE("scores are means over the images", "[train]") {
  ScoreMeans means(kMetrics, kFunctions);
  const cv::Mat a = pattern(20, 24), b = pattern(31, 17);
  means.add(darker(a), a);
  means.add(darker(b), b);
  const sr::NamedValues values = means.values();
  REQUIRE(values.size() == 2);
  CHECK(values[0].first == "psnr");
  CHECK(values[0].second ==
        (sr::psnr(darker(a), a, {2, true}) + sr::psnr(darker(b), b, {2, true})) / 2);
  CHECK(values[1].second ==
        (sr::ssim(darker(a), a, {2, true}) + sr::ssim(darker(b), b, {2, true})) / 2);
}

TEST_CASE("a blank page does not make the mean infinite", "[train]") {
  ScoreMeans means(kMetrics, kFunctions);
  const cv::Mat page(30, 30, CV_8UC3, cv::Scalar::all(255));
  const cv::Mat image = pattern(30, 30);
  means.add(page, page);
  means.add(darker(image), image);
  CHECK(means.values()[0].second == (100 + sr::psnr(darker(image), image, {2, true})) / 2);
}

TEST_CASE("an image too small for a metric is left out of that metric alone", "[train]") {
  ScoreMeans means(kMetrics, kFunctions);
  const cv::Mat large = pattern(20, 20), small = pattern(14, 20), tiny = pattern(4, 4);
  for (const cv::Mat& image : {large, small, tiny}) {
    means.add(darker(image), image);
  }
  CHECK(means.values()[0].second ==
        (sr::psnr(darker(large), large, {2, true}) + sr::psnr(darker(small), small, {2, true})) /
            2);
  CHECK(means.values()[1].second == sr::ssim(darker(large), large, {2, true}));
}

TEST_CASE("a metric that no image has is not a number", "[train]") {
  ScoreMeans means(kMetrics, kFunctions);
  CHECK(std::isnan(means.values()[0].second));
}

TEST_CASE("ground truth of 16 bits is compared as BasicSR reads it", "[train]") {
  ScoreMeans means(kMetrics, kFunctions);
  const cv::Mat bytes = pattern(20, 20);
  cv::Mat deep;
  bytes.convertTo(deep, CV_16U, 256, 255);  // every low byte is full, and lost
  means.add(darker(bytes), deep);
  CHECK(means.values()[0].second == sr::psnr(darker(bytes), bytes, {2, true}));
}
