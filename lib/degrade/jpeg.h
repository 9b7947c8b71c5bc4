#pragma once

#include <opencv2/core/mat.hpp>

namespace sr {

/// What is left of a CV_32FC3 RGB image in 0..1 (clamped and rounded to 8 bits first) after JPEG
/// compression with libjpeg's quality (1 to 100) and chroma at half the resolution. CV_32FC3.
cv::Mat jpeg_compressed(const cv::Mat& image, int quality);

}  // namespace sr
