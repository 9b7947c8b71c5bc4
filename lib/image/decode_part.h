#pragma once

#include <filesystem>

#include "image/image_part.h"

namespace sr {

/// What happens to the codes of an image that come behind the part that is wanted.
enum class CodesBehind : char {
  kRead,   ///< they are read, so that the part fails for what the whole image fails for
  kLeave,  ///< for a file that was decoded before without a fault and is as it was then
};

/// The pixels and errors of decode_image(), but only `wanted` of them where that is a small part of
/// the image and costs much less: a sequential JPEG, which is not turned. Else, and where `wanted`
/// does not lie in the image, all of it.
ImagePart decode_image_part(const std::filesystem::path& file, const cv::Rect& wanted,
                            CodesBehind behind = CodesBehind::kRead);

}  // namespace sr
