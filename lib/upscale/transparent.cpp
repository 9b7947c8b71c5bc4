#include "upscale/transparent.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace sr {

cv::Mat with_transparent_filled(const cv::Mat& color, const cv::Mat& alpha) {
  const cv::Mat transparent = alpha == 0.0;
  const int holes = cv::countNonZero(transparent);
  if (holes == 0 || holes == static_cast<int>(transparent.total())) {
    return color;
  }
  // The distance to the nearest pixel that is 0 here, and which one it is.
  cv::Mat distance;
  cv::Mat nearest;
  cv::distanceTransform(transparent, distance, nearest, cv::DIST_L2, cv::DIST_MASK_5,
                        cv::DIST_LABEL_PIXEL);
  cv::Mat filled = color.clone();
  const std::size_t bytes = color.elemSize();
  std::vector<const std::uint8_t*> source(static_cast<std::size_t>(color.total()) + 1, nullptr);
  for (int y = 0; y < color.rows; ++y) {
    for (int x = 0; x < color.cols; ++x) {
      if (transparent.at<std::uint8_t>(y, x) == 0) {
        source[static_cast<std::size_t>(nearest.at<int>(y, x))] =
            color.ptr(y) + bytes * static_cast<std::size_t>(x);
      }
    }
  }
  for (int y = 0; y < color.rows; ++y) {
    for (int x = 0; x < color.cols; ++x) {
      const std::uint8_t* const from = source[static_cast<std::size_t>(nearest.at<int>(y, x))];
      if (transparent.at<std::uint8_t>(y, x) != 0 && from != nullptr) {
        std::memcpy(filled.ptr(y) + bytes * static_cast<std::size_t>(x), from, bytes);
      }
    }
  }
  return filled;
}

}  // namespace sr
