#pragma once

#include <opencv2/core/mat.hpp>

#include "recipe/degradation.h"

namespace sr {

/// A float image (CV_32FC3 in 0..1) brought to `size`, which may be its own. Two rules:
///   plain       OpenCV's, without antialiasing and not clamped: what Real-ESRGAN's
///               torch.nn.functional.interpolate gives (area apart, decision 10)
///   antialias   traiNNer-redux's resize_pt: bilinear and bicubic (a = -0.5) with their kernel
///               stretched where they shrink; lanczos as a low-pass of 3 lobes where it shrinks,
///               then plain bicubic (a = -0.75); all of them clamped to 0..1
/// The others are the same by both.
cv::Mat resized(const cv::Mat& image, cv::Size size, ResizeMode mode, bool antialias);

}  // namespace sr
