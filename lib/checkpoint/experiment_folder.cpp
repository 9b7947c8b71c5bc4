#include "checkpoint/experiment_folder.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/path_status.h"

namespace sr {
namespace {

std::filesystem::path path_for(const std::filesystem::path& root, const std::string& name) {
  const std::filesystem::path as_path(name);
  if (name.empty() || name == "." || name == ".." || as_path.filename() != as_path) {
    throw ConfigError(fmt::format("name: '{}' cannot be the name of a folder", name));
  }
  return root / as_path;
}

std::filesystem::path folder_for(const std::filesystem::path& root, const std::string& name) {
  std::filesystem::path folder = path_for(root, name);
  make_folder(root);
  return folder;
}

/// Renames `folder` away, so that a run which is still writing to it is refused, not robbed.
/// Nothing is done to an empty folder that stands elsewhere: a link, or a mount point (a
/// container's new volume), which cannot be renamed.
std::optional<std::filesystem::path> archive(const std::filesystem::path& folder) {
  std::error_code unknown;
  const bool empty = std::filesystem::is_empty(folder, unknown);
  if (empty && std::filesystem::is_symlink(folder, unknown)) {
    return std::nullopt;
  }
  FolderLock lock(folder);
  std::filesystem::path target = unused_sibling(folder, "archived", std::time(nullptr));
  std::error_code error;
  std::filesystem::rename(folder, target, error);
  const bool mounted = error == std::errc::device_or_resource_busy;
  if (mounted && empty) {
    return std::nullopt;
  }
  if (error) {
    throw StorageError(fmt::format(
        "cannot rename {} to {}: {}{}", folder.string(), target.string(), error.message(),
        mounted ? " (it is a mount point: --auto-resume goes on with the run in it, "
                  "another `name` begins one beside it)"
                : ""));
  }
  lock.moved_to(target);
  return target;
}

}  // namespace

ExperimentFolder::ExperimentFolder(const std::filesystem::path& folder,
                                   std::optional<std::filesystem::path> archived)
    : layout_(folder), archived_(std::move(archived)), lock_(folder) {}

ExperimentFolder ExperimentFolder::create(const std::filesystem::path& root,
                                          const std::string& name) {
  const std::filesystem::path folder = folder_for(root, name);
  std::error_code error;
  std::optional<std::filesystem::path> archived;
  if (std::filesystem::exists(folder, error)) {
    archived = archive(folder);
  }
  make_folder(folder);
  return {folder, std::move(archived)};
}

ExperimentFolder ExperimentFolder::open(const std::filesystem::path& root,
                                        const std::string& name) {
  const std::filesystem::path folder = folder_for(root, name);
  make_folder(folder);
  return {folder, std::nullopt};
}

void ExperimentFolder::require_possible(const std::filesystem::path& root,
                                        const std::string& name) {
  const std::filesystem::path folder = path_for(root, name);
  std::filesystem::path nearest = absolute_path(folder);
  std::error_code error;
  while (!std::filesystem::exists(std::filesystem::symlink_status(nearest, error)) &&
         nearest.has_relative_path()) {
    nearest = nearest.parent_path();
  }
  if (is_made_up(nearest)) {
    throw StorageError(
        fmt::format("cannot create folder {}: {} lies in a file system that the kernel makes up",
                    folder.string(), nearest.string()));
  }
  const int reason = !is_folder(nearest)                           ? ENOTDIR
                     : ::access(nearest.c_str(), W_OK | X_OK) != 0 ? errno
                                                                   : 0;
  if (reason != 0) {
    const bool is_there = nearest == absolute_path(folder);
    throw StorageError(errno_message(is_there ? "cannot write in folder" : "cannot create folder",
                                     folder.string(), reason));
  }
}

std::filesystem::path unused_sibling(const std::filesystem::path& folder, const std::string& label,
                                     std::time_t now) {
  const std::filesystem::path no_trailing_slash = (folder / "").parent_path();
  const std::string stem =
      fmt::format("{}_{}_{:%Y%m%d_%H%M%S}", no_trailing_slash.string(), label, fmt::localtime(now));
  std::filesystem::path candidate = stem;
  std::error_code error;  // one that cannot be looked up fails at the rename, with its reason
  for (int i = 2; std::filesystem::exists(candidate, error); ++i) {
    candidate = fmt::format("{}_{}", stem, i);
  }
  return candidate;
}

}  // namespace sr
