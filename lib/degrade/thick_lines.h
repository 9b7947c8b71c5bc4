#pragma once

#include <opencv2/core/mat.hpp>

namespace sr {

/// A float image whose dark lines are thicker: three quarters of each value and one quarter of the
/// smallest in the 3 x 3 pixels around it, those inside the image, in each channel
/// (traiNNer-redux's ThickLines).
cv::Mat with_thick_lines(const cv::Mat& image);

}  // namespace sr
