#pragma once

#include <cstdint>
#include <span>

#include <opencv2/core/mat.hpp>

#include "image/byte_source.h"

namespace sr {

/// Decodes any PNG whose header was found good to RGB or, with alpha or transparent entries of a
/// palette, RGBA of 8 bits, or 16 when it has 16, not turned: gray replicated and scaled up,
/// palettes expanded. A colour that is declared transparent (tRNS without a palette) stays opaque.
/// Row by row, so that it takes little memory beside the result. Fails for pixel data that is not
/// whole and sound.
cv::Mat decode_any_png(const ByteSource& source, std::span<const std::uint8_t> png);

}  // namespace sr
