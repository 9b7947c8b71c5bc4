#pragma once

#include <cstdint>
#include <span>

#include <opencv2/core/mat.hpp>

#include "image/byte_source.h"
#include "image/decode_part.h"

namespace sr {

/// Decodes a JPEG whose header was found good to 8-bit RGB, not turned: gray replicated, CMYK as
/// Adobe stores it (inverted) multiplied out. Fails for every sign of damage that the decoder
/// meets, also where it could go on with guessed pixels; a changed bit that leaves valid codes
/// gives none.
cv::Mat decode_jpeg(const ByteSource& source, std::span<const std::uint8_t> bytes);

/// decode_jpeg() of `wanted`; of all where that does not lie in the image, or where it is not
/// certain that the library can leave out the rest without a trace (several scans, arithmetic
/// coding, inks, uncommon sampling, libjpeg-turbo before 2.1). With CodesBehind::kRead it fails for
/// what decode_jpeg() fails for, in the same words.
ImagePart decode_jpeg_part(const ByteSource& source, std::span<const std::uint8_t> bytes,
                           const cv::Rect& wanted, CodesBehind behind);

}  // namespace sr
