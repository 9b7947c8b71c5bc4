#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <opencv2/core/mat.hpp>

#include "image/header.h"

namespace sr {

/// Bytes that decoding one image may take on this machine, so that a few kilobytes that claim to be
/// gigapixels cannot end the process: the threads that decode at a time may take a quarter of the
/// memory together; but a GiB (or an eighth of the memory) is always allowed, as most images are
/// far smaller than the largest.
std::int64_t most_decode_bytes();

/// Fails when decoding the image takes more than `most` bytes: its pixels as the decoder keeps them
/// and as RGB.
void check_decode_memory(const ByteSource& source, const ImageInfo& info, std::int64_t most);

/// decode_image for a file's bytes; `name` stands in messages. Beside DataError it may throw
/// std::bad_alloc.
cv::Mat decode_bytes(const std::string& name, std::span<const std::uint8_t> bytes);

}  // namespace sr
