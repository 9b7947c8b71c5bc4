#pragma once

#include <cstdint>
#include <span>

#include <opencv2/core/mat.hpp>

#include "image/byte_source.h"

namespace sr {

/// Decodes the first image of a TIFF whose header was found good to RGB or, with a further sample,
/// RGBA of 8 or 16 bits or float (CV_32F as stored, not clamped), not turned: gray replicated,
/// palettes expanded (to 8 bits), the colours under alpha as stored, or divided by it where the
/// file says that they were multiplied (0 of alpha: as stored). Fails for a strip or tile that
/// cannot be decoded completely, and for kinds the library cannot decode ("... is not supported").
/// No allocation of the library is above `most_bytes`.
cv::Mat decode_tiff(const ByteSource& source, std::span<const std::uint8_t> bytes,
                    std::int64_t most_bytes);

}  // namespace sr
