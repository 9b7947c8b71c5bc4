#pragma once

#include <string_view>

#include "image/byte_source.h"

namespace sr {

/// The name that sniff_other_format gives RAW files of cameras that are no TIFF.
inline constexpr std::string_view kRawFormat = "camera RAW";

/// The name of the image or video format that the first bytes belong to, of those that are not read
/// ("HEIC", "AVIF", "GIF", "JPEG 2000", "MPEG", ...); empty for any other content.
std::string_view sniff_other_format(ByteSource& source);

/// The same for what is made of the boxes of mp4 (ISO/IEC 14496-12), of whose formats a brand
/// tells.
std::string_view sniff_other_brand(ByteSource& source);

}  // namespace sr
