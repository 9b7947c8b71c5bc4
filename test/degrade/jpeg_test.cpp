#include "degrade/jpeg.h"

#include <opencv2/core.hpp>

#include "support/catch.h"

namespace sr {
namespace {

/// A gentle slope: nothing for a compression to lose but what its quality takes.
cv::Mat slope() {
  cv::Mat image(48, 64, CV_32FC3);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      image.at<cv::Vec3f>(y, x) = cv::Vec3d(x / 64.0, y / 48.0, (x + y) / 112.0);
    }
  }
  return image;
}

double error_at(int quality) {
  return cv::norm(jpeg_compressed(slope(), quality), slope(), cv::NORM_L1) / (64 * 48 * 3);
}

}  // namespace

TEST_CASE("less quality loses more", "[degrade]") {
  CHECK(error_at(100) < 1.5 / 255);
  CHECK(error_at(100) < error_at(75));
  CHECK(error_at(75) < error_at(30));
  CHECK(error_at(30) < error_at(1));
  CHECK(error_at(1) > 10.0 / 255);
}

TEST_CASE("compression keeps size and type and the order of the colours", "[degrade]") {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(9, 17), cv::Size(100, 3)}) {
    const cv::Mat red(size, CV_32FC3, cv::Scalar(0.9, 0.2, 0.1));
    const cv::Mat result = jpeg_compressed(red, 95);
    CHECK(result.size() == size);
    CHECK(result.type() == CV_32FC3);
    CHECK(cv::norm(result, red, cv::NORM_INF) < 4.0 / 255);
  }
}

TEST_CASE("values beyond the legal ones are clamped before compression", "[degrade]") {
  const cv::Mat wild(16, 16, CV_32FC3, cv::Scalar(1.7, -0.4, 0.5));
  const cv::Mat legal(16, 16, CV_32FC3, cv::Scalar(1, 0, 0.5));
  CHECK(cv::norm(jpeg_compressed(wild, 90), jpeg_compressed(legal, 90), cv::NORM_INF) == 0);
}

}  // namespace sr
