#include "core/file_stamp.h"

#include <sys/stat.h>

namespace sr {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::optional<InodeStamp> inode_stamp_of(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    return std::nullopt;
  }
  return InodeStamp{{static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim)},
                    nanoseconds(status.st_ctim)};
}

std::optional<FileStamp> stamp_of(const std::string& file) {
  const std::optional<InodeStamp> stamp = inode_stamp_of(file);
  return stamp ? std::optional(stamp->file) : std::nullopt;
}

}  // namespace sr
