#include "core/path_status.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <system_error>

#include "core/error.h"

namespace sr {

namespace fs = std::filesystem;

namespace {

fs::path without_last_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_surely_there(const fs::path& path) {
  std::error_code error;
  const bool there = fs::exists(path, error);
  if (error) {
    throw StorageError("cannot look at " + path.string() + ": " + error.message());
  }
  return there;
}

bool is_made_up(const fs::path& path) {
  static constexpr std::array<std::uint32_t, 8> kMadeUp = {
      PROC_SUPER_MAGIC,    SYSFS_MAGIC,   DEVPTS_SUPER_MAGIC, CGROUP_SUPER_MAGIC,
      CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,      SECURITYFS_MAGIC};
  struct statfs system {};
  return ::statfs(path.c_str(), &system) == 0 &&
         std::ranges::find(kMadeUp, static_cast<std::uint32_t>(system.f_type)) != kMadeUp.end();
}

std::string not_there(const fs::path& path) {
  std::error_code error;
  const bool missing = fs::status(path, error).type() == fs::file_type::not_found;
  return path.string() + ": " + (missing ? "no such file or folder" : error.message());
}

fs::path absolute_path(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::absolute(path, error);
  return error ? path : result;
}

fs::path normal_path(const fs::path& path) {
  return without_last_slash(absolute_path(path).lexically_normal());
}

fs::path real_path(const fs::path& path) {
  std::error_code error;
  const fs::path result = fs::weakly_canonical(absolute_path(path), error);
  return error ? normal_path(path) : without_last_slash(result);
}

bool is_within(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

}  // namespace sr
