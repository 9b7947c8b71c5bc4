#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace sr {

/// What tells one state of a file from another.
struct FileStamp {
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0;  ///< since 1970
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// A stricter one: a copy can bring an older modification time along, but not the time of the
/// inode's change (ctime). Renaming a file or changing its rights counts as a change, too.
struct InodeStamp {
  FileStamp file;
  std::int64_t changed_ns = 0;  ///< since 1970
  friend bool operator==(const InodeStamp&, const InodeStamp&) = default;
};

/// Nothing when the file cannot be looked at; errno says why.
std::optional<FileStamp> stamp_of(const std::string& file);
std::optional<InodeStamp> inode_stamp_of(const std::string& file);

std::uint64_t hash_of(const InodeStamp& stamp);
/// Whether the file last changed at least `settle` ago: a further change within the clock tick of a
/// file system would not show in its stamp.
bool has_settled(const InodeStamp& stamp, std::chrono::nanoseconds settle);

}  // namespace sr
