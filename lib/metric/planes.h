#pragma once

#include <vector>

#include <opencv2/core/mat.hpp>

#include "metric/metric.h"

namespace sr {

/// Side of the window that SSIM compares, pixels.
inline constexpr int kSsimWindow = 11;

/// What a metric compares of one image: its cropped channels (R, G, B, or Y alone) as CV_64F planes
/// in 0..255. Throws std::invalid_argument for an image that is not 8-bit RGB and when the crop
/// leaves nothing.
std::vector<cv::Mat> metric_planes(const cv::Mat& image, const MetricOptions& options);

/// Throws std::invalid_argument when the sides of the images differ.
void require_equal_sides(const cv::Mat& output, const cv::Mat& gt);

}  // namespace sr
