#pragma once

#include <cstdint>
#include <vector>

#include <opencv2/core/mat.hpp>

namespace sr {

/// A PNG of gray and alpha, which OpenCV does not write. `pixels`: two channels of 8 or 16 bits.
/// Throws std::bad_alloc.
std::vector<std::uint8_t> encode_gray_alpha_png(const cv::Mat& pixels);

}  // namespace sr
