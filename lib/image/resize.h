#pragma once

#include <opencv2/core/mat.hpp>

#include "image/resize_filter.h"

namespace sr {

/// What MATLAB's imresize does to an output size: on each axis the scale is out / in, the kernel is
/// stretched by 1 / scale when shrinking (antialiasing), weights are normalised to 1, edges
/// replicated. Integers are rounded after each of the two passes (rows first), floats only clamped
/// to [0, 1]; same depth out as in. Throws std::invalid_argument for what is no RGB image and for
/// sides below 1.
cv::Mat resize_to(const cv::Mat& image, int width, int height, Filter filter);

/// The bicubic kernel (a = -0.5), which reproduces the published 8-bit LR sets bit for bit.
cv::Mat resize_bicubic_to(const cv::Mat& image, int width, int height);

}  // namespace sr
