#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace sr {

/// What this machine, or the container around this process, has and could still give, bytes.
struct HostMemory {
  std::int64_t total = 0;      ///< physical memory, or the cgroup's limit where that is lower
  std::int64_t available = 0;  ///< without swapping or being killed; reclaimable file cache counts
};

/// Reads HostMemory as often as one likes: a reading is two to four small files of /proc and
/// /sys/fs/cgroup, some tens of microseconds.
class HostMemoryReader {
 public:
  /// Looks up once which cgroup folders may hold a limit (versions 1 and 2, every ancestor); the
  /// limits themselves are read each time. `root` is where /proc and /sys are found.
  explicit HostMemoryReader(std::filesystem::path root = "/");

  HostMemory read() const;

  /// Anonymous memory of this process that is resident, bytes: the heap, not mapped files.
  std::int64_t own_resident() const;

 private:
  struct Group {
    std::filesystem::path folder;
    bool version_2;
  };
  static void narrow(const Group& group, HostMemory& memory);

  std::filesystem::path root_;
  std::vector<Group> groups_;
};

/// Bytes of the pages under [block, block + bytes) that the kernel has not given to this process
/// yet: touching them takes so much of the machine's memory. Partly covered pages count whole.
std::int64_t missing_bytes(const void* block, std::int64_t bytes);

/// The text of a cgroup's limit file in bytes: nothing for "max" (version 2) and for version 1's
/// way to say none, the largest multiple of the page size below 2^63.
std::optional<std::int64_t> cgroup_limit(std::string_view text);

}  // namespace sr
