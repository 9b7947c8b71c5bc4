#include "degrade/sharpen.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace sr {
namespace {

constexpr float kAmount = 0.5F;
constexpr float kThreshold = 10;  // levels of 255
constexpr int kBorder = cv::BORDER_REFLECT_101 | cv::BORDER_ISOLATED;

}  // namespace

cv::Mat sharpened(const cv::Mat& image, int radius) {
  const cv::Size window(radius | 1, radius | 1);
  const int count = image.cols * image.channels();
  cv::Mat blurred, soft_mask;
  cv::GaussianBlur(image, blurred, window, 0, 0, kBorder);
  cv::Mat mask(image.size(), image.type());
  for (int y = 0; y < image.rows; ++y) {
    const auto* value = image.ptr<float>(y);
    const auto* blur = blurred.ptr<float>(y);
    auto* inside = mask.ptr<float>(y);
    for (int i = 0; i < count; ++i) {
      inside[i] = std::abs(value[i] - blur[i]) * 255 > kThreshold ? 1.0F : 0.0F;
    }
  }
  cv::GaussianBlur(mask, soft_mask, window, 0, 0, kBorder);
  cv::Mat result(image.size(), image.type());
  for (int y = 0; y < image.rows; ++y) {
    const auto* value = image.ptr<float>(y);
    const auto* blur = blurred.ptr<float>(y);
    const auto* soft = soft_mask.ptr<float>(y);
    auto* to = result.ptr<float>(y);
    for (int i = 0; i < count; ++i) {
      const float sharp = std::clamp(value[i] + kAmount * (value[i] - blur[i]), 0.0F, 1.0F);
      to[i] = value[i] + soft[i] * (sharp - value[i]);
    }
  }
  return result;
}

}  // namespace sr
