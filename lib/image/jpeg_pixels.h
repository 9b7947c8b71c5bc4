#pragma once

#include <cstdint>
#include <span>

#include <opencv2/core/mat.hpp>

#include "image/byte_source.h"

namespace sr {

/// Decodes a JPEG whose header was found good to 8-bit RGB, not turned: gray replicated, CMYK as
/// Adobe stores it (inverted) multiplied out. Fails for every sign of damage that the decoder
/// meets, also where it could go on with guessed pixels; a changed bit that leaves valid codes
/// gives none.
cv::Mat decode_jpeg(const ByteSource& source, std::span<const std::uint8_t> bytes);

}  // namespace sr
