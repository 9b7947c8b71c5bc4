#pragma once

#include <ctime>
#include <filesystem>
#include <optional>
#include <string>

#include "checkpoint/experiment_layout.h"
#include "core/folder_lock.h"

namespace sr {

/// The folder that one run writes to, locked against every other run for as long as this object
/// lives (FolderLock). Sub-folders appear when something is first written to them.
///
///   const ExperimentFolder folder = ExperimentFolder::create("experiments", "2x_compact");
///   write_safetensors(folder.layout().weights_path(step, ema), contents);
class ExperimentFolder {
 public:
  /// A new, empty <root>/<name>; one that exists is renamed to <name>_archived_<YYYYmmdd_HHMMSS>,
  /// nothing is deleted. Throws StorageError naming the folder (in use by another run, read-only),
  /// ConfigError for a name that is no single folder name.
  static ExperimentFolder create(const std::filesystem::path& root, const std::string& name);

  /// <root>/<name> with what is in it, to go on there; made when missing. Throws as create().
  static ExperimentFolder open(const std::filesystem::path& root, const std::string& name);

  /// Throws as create() would for a place where nothing can be made or written, as far as it can be
  /// told without changing anything.
  static void require_possible(const std::filesystem::path& root, const std::string& name);

  const ExperimentLayout& layout() const { return layout_; }
  /// Where create() put the folder that was there before.
  const std::optional<std::filesystem::path>& archived() const { return archived_; }
  /// False where the file system has no locks: a second run would not be noticed.
  bool exclusive() const { return lock_.exclusive(); }

 private:
  ExperimentFolder(const std::filesystem::path& folder,
                   std::optional<std::filesystem::path> archived);

  ExperimentLayout layout_;
  std::optional<std::filesystem::path> archived_;
  FolderLock lock_;
};

/// A name beside `folder` that nothing has: <folder>_<label>_<YYYYmmdd_HHMMSS> in local time, with
/// _2, _3 ... when that is taken.
std::filesystem::path unused_sibling(const std::filesystem::path& folder, const std::string& label,
                                     std::time_t now);

}  // namespace sr
