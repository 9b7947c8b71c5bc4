#include "data/host_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

#include "core/units.h"

namespace sr {
namespace {

/// The number a file begins with; nothing when there is no file or it holds a word such as "max".
std::optional<std::int64_t> read_number(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::int64_t value = 0;
  return stream >> value ? std::optional(value) : std::nullopt;
}

/// The value of a "key value" or "key: value" line.
std::optional<std::int64_t> read_field(const std::filesystem::path& file, const std::string& key) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(key) && line.size() > key.size() &&
        (line[key.size()] == ' ' || line[key.size()] == ':')) {
      std::istringstream number(line.substr(key.size() + 1));
      std::int64_t value = 0;
      return number >> value ? std::optional(value) : std::nullopt;
    }
  }
  return std::nullopt;
}

/// What one control group leaves: its limit less its use, of which the page cache can be reclaimed.
std::int64_t group_rest(std::optional<std::int64_t> limit, std::optional<std::int64_t> used,
                        std::optional<std::int64_t> reclaimable) {
  if (!limit || !used) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return std::max<std::int64_t>(*limit - *used + reclaimable.value_or(0), 0);
}

}  // namespace

std::int64_t available_host_memory(const std::filesystem::path& root) {
  const std::filesystem::path v2 = root / "sys/fs/cgroup";
  const std::filesystem::path v1 = v2 / "memory";
  const std::int64_t groups =
      std::min(group_rest(read_number(v2 / "memory.max"), read_number(v2 / "memory.current"),
                          read_field(v2 / "memory.stat", "inactive_file")),
               group_rest(read_number(v1 / "memory.limit_in_bytes"),
                          read_number(v1 / "memory.usage_in_bytes"),
                          read_field(v1 / "memory.stat", "total_inactive_file")));
  const auto system_kib = read_field(root / "proc/meminfo", "MemAvailable");
  if (!system_kib) {
    return groups == std::numeric_limits<std::int64_t>::max() ? 0 : groups;
  }
  return std::min(groups, *system_kib * kKiB);
}

std::int64_t cache_budget(const CacheSetting& setting, std::int64_t available_bytes) {
  switch (setting.mode) {
    case CacheMode::kOff:
      return 0;
    case CacheMode::kAuto:
      return available_bytes / 4;
    case CacheMode::kBytes:
      return setting.bytes;
  }
  return 0;
}

}  // namespace sr
