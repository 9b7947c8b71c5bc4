#pragma once

#include <cstdint>
#include <span>

#include <opencv2/core/mat.hpp>

namespace sr {

/// Decodes the kind of PNG that training sets consist of: 8-bit RGB or RGBA, not interlaced, to
/// three or four channels in this order (tRNS makes no alpha). About twice as fast as OpenCV's
/// libpng and equal to it. Empty for any other file, for a very large image, and where anything is
/// damaged or odd: the general decoder judges those. `png`: a whole file whose header
/// read_png_header has accepted.
cv::Mat decode_common_png(std::span<const std::uint8_t> png);

}  // namespace sr
