#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace sr {

/// A file that appears whole or not at all: written under a temporary name in the target's folder,
/// synced, renamed by commit(), the folder synced. Destroyed without commit(), it leaves nothing
/// behind. Every failure throws StorageError with the path; a file that was there before stays
/// untouched. (A folder that cannot be synced is told too: the new file is there by then, but
/// might not outlast a loss of power.)
///
/// Until then it is locked: of several that write one target, in one process or in many, each has a
/// name of its own, and the last commit() stays. What a process that ended has left under such a
/// name is removed by the next one that needs the name. (Where a file system has no locks, a second
/// writer makes the first one fail.)
class AtomicFile {
 public:
  /// `ending`: of the temporary name, for what goes by it; the name is hidden then.
  explicit AtomicFile(std::filesystem::path target, std::string_view ending = {});
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  void commit();
  const std::filesystem::path& target() const { return target_; }
  /// Where it is until commit().
  const std::filesystem::path& temporary() const { return temporary_; }

 private:
  void fail(const char* action) const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

/// Whole contents in one call.
void write_file_atomically(const std::filesystem::path& target, std::string_view text);

/// Creates the folder and its parents. Throws StorageError.
void make_folder(const std::filesystem::path& folder);

/// True for the names under which AtomicFile keeps unfinished files that have no ending of their
/// own; a crash may leave one.
bool is_temporary_name(const std::filesystem::path& path);

/// Copies a file; the target is there whole or not at all. Throws StorageError.
void copy_file_atomically(const std::filesystem::path& source, const std::filesystem::path& target);

/// Removes a file, if it is there. Throws StorageError.
void remove_file(const std::filesystem::path& file);

/// Removes an unfinished file, unless somebody is still writing it. Throws StorageError.
void remove_unfinished(const std::filesystem::path& file);

}  // namespace sr
