#include "core/error.h"
#include "metric/metric.h"
#include "support/catch.h"
#include "support/pattern.h"

TEST_CASE("metrics are found by name in any case", "[metric]") {
  CHECK(sr::find_metric("calculate_psnr").compute == &sr::psnr);
  CHECK(sr::find_metric("Calculate_SSIM").compute == &sr::ssim);
  CHECK(sr::find_metric("calculate_psnr").higher_is_better);
}

TEST_CASE("an unknown metric is a configuration error that lists the known ones", "[metric]") {
  CHECK_THROWS_AS(sr::find_metric("psnr"), sr::ConfigError);
  CHECK_THROWS_WITH(sr::find_metric("psnr"),
                    "unknown metric 'psnr'; there are: calculate_psnr, calculate_ssim");
}

TEST_CASE("every listed metric is best for equal images", "[metric]") {
  const cv::Mat image = sr::test::pattern(20, 20);
  const cv::Mat darker = image * 0.5;
  for (const sr::MetricEntry& entry : sr::metrics()) {
    const bool equal_is_higher = entry.compute(image, image, {}) > entry.compute(darker, image, {});
    CHECK(equal_is_higher == entry.higher_is_better);
    CHECK_FALSE(entry.description.empty());
  }
}
