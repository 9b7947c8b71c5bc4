#include <stdexcept>

#include <opencv2/core.hpp>

#include "core/error.h"
#include "metric/metric.h"
#include "recipe/metrics.h"
#include "support/catch.h"
#include "support/pattern.h"

namespace {

const std::string kNiqe = SR_SOURCE_DIR "/test/metric/niqe_parameters.safetensors";

}  // namespace

TEST_CASE("metrics are found by name in any case", "[metric]") {
  CHECK(sr::find_metric("calculate_psnr").type == "calculate_psnr");
  CHECK(sr::find_metric("Calculate_SSIM").type == "calculate_ssim");
}

TEST_CASE("an unknown metric is a configuration error that lists the known ones", "[metric]") {
  CHECK_THROWS_AS(sr::find_metric("psnr"), sr::ConfigError);
  CHECK_THROWS_WITH(
      sr::find_metric("psnr"),
      "unknown metric 'psnr'; there are: calculate_psnr, calculate_ssim, calculate_niqe");
}

TEST_CASE("what compares with ground truth is best for equal images", "[metric]") {
  const cv::Mat image = sr::test::pattern(20, 20);
  const cv::Mat darker = image * 0.5;
  for (const char* type : {"calculate_psnr", "calculate_ssim"}) {
    const sr::MetricEntry& entry = sr::find_metric(type);
    const sr::Metric metric = entry.make({});
    CHECK((metric(image, image) > metric(darker, image)) ==
          sr::recipe::find_metric(type)->higher_is_better);
  }
}

TEST_CASE("what a metric says it cannot measure is what it refuses", "[metric]") {
  for (const sr::MetricEntry& entry : sr::metrics()) {
    INFO(entry.type);
    const int crop = GENERATE(0, 2);
    const int side = entry.smallest_side + 2 * crop;
    const sr::Metric metric = entry.make({crop, false, kNiqe});
    CHECK(sr::why_not_measured(entry, side, side, crop).empty());
    CHECK_NOTHROW(metric(sr::test::pattern(side, side), sr::test::pattern(side, side)));
    for (const cv::Size size : {cv::Size(side - 1, side), cv::Size(side, side - 1)}) {
      CHECK_FALSE(sr::why_not_measured(entry, size.width, size.height, crop).empty());
      if (size.area() > 0) {
        const cv::Mat image = sr::test::pattern(size.height, size.width);
        CHECK_THROWS_AS(metric(image, image), std::invalid_argument);
      }
    }
  }
  CHECK_THAT(
      sr::why_not_measured(sr::find_metric("calculate_ssim"), 16, 40, 4),
      Catch::Equals("16x40 is less than the 19x19 that calculate_ssim needs with crop_border 4"));
}

TEST_CASE("ground truth of 16 bits is compared by its high byte", "[metric]") {
  cv::Mat deep(256, 256, CV_16UC3);
  cv::Mat expected(256, 256, CV_8UC3);
  for (int value = 0; value < 65536; ++value) {
    deep.at<cv::Vec3w>(value / 256, value % 256) =
        cv::Vec3w::all(static_cast<std::uint16_t>(value));
    expected.at<cv::Vec3b>(value / 256, value % 256) =
        cv::Vec3b::all(static_cast<std::uint8_t>(value >> 8));
  }
  CHECK(cv::norm(sr::as_8_bit(deep), expected, cv::NORM_INF) == 0);
  CHECK(sr::psnr(sr::as_8_bit(deep), expected, {}) == 100);
}

TEST_CASE("ground truth of floats is rounded and bytes stay as they are", "[metric]") {
  const cv::Mat floats(2, 2, CV_32FC3, cv::Scalar(0, 0.5, 1));
  CHECK(sr::as_8_bit(floats).at<cv::Vec3b>(1, 1) == cv::Vec3b(0, 128, 255));
  const cv::Mat bytes = sr::test::pattern(5, 5);
  CHECK(sr::as_8_bit(bytes).data == bytes.data);
}
