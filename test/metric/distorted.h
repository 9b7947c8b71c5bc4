#pragma once

#include <algorithm>

#include "support/pattern.h"

namespace sr::test {

/// An image with the small errors that scripts/golden/image_metrics.py adds too.
inline cv::Mat distorted(const cv::Mat& image) {
  cv::Mat result = image.clone();
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int error = (x * 31 + y * 17 + c * 11) % 21 - 10;
        std::uint8_t& value = result.at<cv::Vec3b>(y, x)[c];
        value = static_cast<std::uint8_t>(std::clamp(value + error, 0, 255));
      }
    }
  }
  return result;
}

}  // namespace sr::test
