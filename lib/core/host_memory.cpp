#include "core/host_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <utility>

#include "core/proc_text.h"
#include "core/units.h"

namespace sr {
namespace {

/// The names of one cgroup version's memory files.
struct Names {
  const char* limit;
  const char* used;
  std::array<const char*, 2>
      reclaimable;  ///< lines of memory.stat: file cache, groups below included
};
constexpr Names kVersion1{"memory.limit_in_bytes",
                          "memory.usage_in_bytes",
                          {"total_inactive_file ", "total_active_file "}};
constexpr Names kVersion2{"memory.max", "memory.current", {"inactive_file ", "active_file "}};

}  // namespace

std::optional<std::int64_t> cgroup_limit(std::string_view text) {
  constexpr std::int64_t kNone = std::int64_t{1} << 62;
  const auto number = leading_number(text);
  return number && *number < kNone ? number : std::nullopt;
}

HostMemoryReader::HostMemoryReader(std::filesystem::path root) : root_(std::move(root)) {
  for (const bool version_2 : {true, false}) {
    for (const auto& folder : cgroup_folders(root_, version_2 ? "" : "memory")) {
      std::error_code ignored;
      const char* limit = version_2 ? kVersion2.limit : kVersion1.limit;
      if (std::filesystem::exists(folder / limit, ignored)) {
        groups_.push_back({folder, version_2});
      }
    }
  }
}

void HostMemoryReader::narrow(const Group& group, HostMemory& memory) {
  const Names& names = group.version_2 ? kVersion2 : kVersion1;
  const auto limit = cgroup_limit(read_small_file(group.folder / names.limit));
  if (!limit) {
    return;
  }
  memory.total = std::min(memory.total, *limit);
  const auto used = leading_number(read_small_file(group.folder / names.used));
  if (!used) {
    return;
  }
  const std::string stat = read_small_file(group.folder / "memory.stat");
  std::int64_t bound = *used;
  for (const char* line : names.reclaimable) {
    bound -= number_after(stat, line).value_or(0);
  }
  memory.available = std::clamp<std::int64_t>(*limit - bound, 0, memory.available);
}

HostMemory HostMemoryReader::read() const {
  HostMemory memory;
  const std::string meminfo = read_small_file(root_ / "proc/meminfo");
  if (const auto kibibytes = number_after(meminfo, "MemTotal:")) {
    memory.total = *kibibytes * kKiB;
  } else {
    memory.total = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
  }
  const auto available = number_after(meminfo, "MemAvailable:");
  memory.available = available ? *available * kKiB : memory.total;
  for (const Group& group : groups_) {
    narrow(group, memory);
  }
  memory.available = std::min(memory.available, memory.total);
  return memory;
}

std::int64_t HostMemoryReader::own_resident() const {
  // "size resident shared ...", in pages; shared = backed by files and shared memory.
  std::ifstream file(root_ / "proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  std::int64_t shared = 0;
  if (!(file >> size >> resident >> shared)) {
    return 0;
  }
  return std::max<std::int64_t>(0, resident - shared) * ::sysconf(_SC_PAGESIZE);
}

std::int64_t missing_bytes(const void* block, std::int64_t bytes) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(block) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(block) + static_cast<std::uintptr_t>(bytes);
  std::array<unsigned char, 4096> resident;  // NOLINT(*-member-init): written by mincore
  std::int64_t missing = 0;
  for (std::uintptr_t at = begin; at < end; at += resident.size() * page) {
    const std::size_t length = std::min<std::uintptr_t>(end - at, resident.size() * page);
    const std::size_t pages = (length + page - 1) / page;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of the block
    if (::mincore(reinterpret_cast<void*>(at), length, resident.data()) != 0) {
      return bytes;  // the cautious answer
    }
    missing +=
        std::count_if(resident.begin(), resident.begin() + static_cast<std::ptrdiff_t>(pages),
                      [](unsigned char state) { return (state & 1U) == 0; });
  }
  return missing * static_cast<std::int64_t>(page);
}

}  // namespace sr
