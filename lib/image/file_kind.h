#pragma once

#include <filesystem>
#include <string>

namespace sr {

/// What a file holds, by its first bytes (of a TIFF: by its directories).
enum class FileKind : char {
  kOther,         ///< no image or video that is known
  kImage,         ///< of a format that is read
  kVideo,         ///< in a container that is read
  kRaw,           ///< of a camera's sensor, whose preview is no picture to learn from
  kReducedFirst,  ///< TIFF whose first image is a reduced copy
  kUnreadMedia,   ///< image or video of a format that is not read
};

/// Two or three small reads; names do not matter. Throws DataError when the file cannot be read: an
/// image that may not be opened must not pass for some other file.
FileKind kind_by_content(const std::filesystem::path& file);

}  // namespace sr
