#pragma once

#include <opencv2/core/mat.hpp>

namespace sr {

/// MATLAB's imresize with the antialiased bicubic kernel (a = -0.5): output sides ceil(side *
/// scale). 8-bit input is rounded after each of the two passes (rows first), which reproduces the
/// published LR sets bit for bit. scale > 0; below 1 the kernel is stretched by 1 / scale. Same
/// depth out as in (16-bit rounded likewise, float not).
cv::Mat resize_bicubic(const cv::Mat& image, double scale);

/// The same with one explicit output size instead of ceil(side * scale) (kernel stretch by out / in
/// per axis).
cv::Mat resize_bicubic_to(const cv::Mat& image, int width, int height);

}  // namespace sr
