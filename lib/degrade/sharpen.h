#pragma once

#include <opencv2/core/mat.hpp>

namespace sr {

/// Radius (side of the Gaussian window) of Real-ESRGAN's sharpening of GT.
inline constexpr int kGtSharpenRadius = 50;

/// Unsharp masking as Real-ESRGAN's USMSharp: with B the image under a Gaussian window of `radius`
/// pixels (made odd; OpenCV's sigma for it: 0.3 ((radius - 1) / 2 - 1) + 0.8), I + (I - B) / 2
/// where |I - B| exceeds 10 levels of 255, blended by the mask of those places under the same
/// window. `image` is CV_32FC3 in 0..1; so is the result. radius >= 1.
cv::Mat sharpened(const cv::Mat& image, int radius);

}  // namespace sr
