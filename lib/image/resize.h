#pragma once

#include <opencv2/core/mat.hpp>

#include "image/resize_filter.h"

namespace sr {

/// What MATLAB's imresize does: output sides ceil(side * scale), the kernel stretched by 1 / scale
/// when shrinking (antialiasing), weights normalised to 1, edges replicated. Integers are rounded
/// after each of the two passes (rows first), floats only clamped to [0, 1]; same depth out as in.
/// scale > 0. Throws std::invalid_argument.
cv::Mat resize(const cv::Mat& image, double scale, Filter filter);

/// The same with one explicit output size instead of ceil(side * scale) (kernel stretch by out / in
/// per axis).
cv::Mat resize_to(const cv::Mat& image, int width, int height, Filter filter);

/// The bicubic kernel (a = -0.5), which reproduces the published 8-bit LR sets bit for bit.
cv::Mat resize_bicubic(const cv::Mat& image, double scale);
cv::Mat resize_bicubic_to(const cv::Mat& image, int width, int height);

}  // namespace sr
