#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace sr {

/// What tells one state of a file from another.
struct FileStamp {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  ///< since 1970
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// Nothing when the file cannot be looked at; errno says why.
std::optional<FileStamp> stamp_of(const std::filesystem::path& file);

}  // namespace sr
