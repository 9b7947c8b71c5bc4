#include "core/file_stamp.h"

#include <sys/stat.h>

#include <algorithm>
#include <span>
#include <type_traits>

#include "core/checksum.h"

namespace sr {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

static_assert(std::has_unique_object_representations_v<InodeStamp>, "its bytes are hashed");

}  // namespace

std::uint64_t hash_of(const InodeStamp& stamp) {
  return checksum(std::as_bytes(std::span(&stamp, 1)));
}

bool has_settled(const InodeStamp& stamp, std::chrono::nanoseconds settle) {
  const std::chrono::nanoseconds last_change(std::max(stamp.file.modified_ns, stamp.changed_ns));
  return std::chrono::system_clock::now().time_since_epoch() - last_change >= settle;
}

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
