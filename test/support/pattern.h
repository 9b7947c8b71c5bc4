#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

namespace sr::test {

/// The 8-bit RGB image of a formula that scripts/golden/image_metrics.py knows too; all values and
/// both directions differ.
inline cv::Mat pattern(int width, int height) {
  cv::Mat image(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        image.at<cv::Vec3b>(y, x)[c] =
            static_cast<std::uint8_t>((x * 7 + y * 13 + c * 29 + x * y % 17 * 5) % 256);
      }
    }
  }
  return image;
}

/// Same size, type and values.
inline bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0.0;
}

}  // namespace sr::test
