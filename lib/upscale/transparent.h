#pragma once

#include <opencv2/core/mat.hpp>

namespace sr {

/// Gives each pixel whose alpha is 0 the colour of the nearest one whose alpha is not, so that a
/// network sees no edge where nothing is seen: what hides under transparency (mostly black or
/// white) would show as a fringe. All transparent: unchanged. `color` has any depth and number of
/// channels, `alpha` the same depth and sides.
cv::Mat with_transparent_filled(const cv::Mat& color, const cv::Mat& alpha);

}  // namespace sr
