#include "upscale/transparent.h"

#include <opencv2/core.hpp>

#include "support/catch.h"

TEST_CASE("the colour under transparent pixels is that of the nearest visible one", "[upscale]") {
  const cv::Mat color = (cv::Mat_<std::uint8_t>(1, 7) << 10, 0, 0, 0, 0, 0, 90);
  const cv::Mat alpha = (cv::Mat_<std::uint8_t>(1, 7) << 255, 0, 0, 1, 0, 0, 255);
  const cv::Mat expected = (cv::Mat_<std::uint8_t>(1, 7) << 10, 10, 0, 0, 0, 90, 90);
  CHECK(cv::norm(sr::with_transparent_filled(color, alpha), expected, cv::NORM_INF) == 0);
}

TEST_CASE("every depth is filled, and all of a pixel's channels", "[upscale]") {
  for (const int depth : {CV_8U, CV_16U, CV_32F}) {
    cv::Mat color(3, 3, CV_MAKETYPE(depth, 3), cv::Scalar::all(0));
    cv::Mat alpha(3, 3, depth, cv::Scalar::all(0));
    color(cv::Rect(1, 1, 1, 1)).setTo(cv::Scalar(1, 2, 3));
    alpha(cv::Rect(1, 1, 1, 1)).setTo(1);
    const cv::Mat expected(3, 3, color.type(), cv::Scalar(1, 2, 3));
    CHECK(cv::norm(sr::with_transparent_filled(color, alpha), expected, cv::NORM_INF) == 0);
  }
}

TEST_CASE("an opaque image and one that shows nothing stay as they are", "[upscale]") {
  const cv::Mat color(2, 2, CV_8UC3, cv::Scalar(5, 6, 7));
  for (const int value : {0, 255}) {
    const cv::Mat alpha(2, 2, CV_8U, cv::Scalar::all(value));
    CHECK(sr::with_transparent_filled(color, alpha).data == color.data);
  }
}
