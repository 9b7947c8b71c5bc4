#pragma once

#include <filesystem>
#include <string>

namespace sr {

/// Keeps a second process out of a folder. It is a flock() on <folder>/.lock: the kernel lets it go
/// when the process ends in whatever way, so a killed run never leaves a folder locked, and a
/// `.lock` file that is left over means nothing. The file's text says who holds it.
class FolderLock {
 public:
  /// Takes the lock without waiting. The folder must exist. Throws StorageError "<folder>: in use
  /// by process <pid> on <host> since <time>" when another holder has it, or the reason why the
  /// file cannot be made (read-only, disk full).
  explicit FolderLock(std::filesystem::path folder);
  ~FolderLock();  ///< removes the file and lets go
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// False on a file system without locks (some network mounts): then nothing keeps others out.
  bool exclusive() const { return exclusive_; }

  /// The locked folder has been renamed to `folder`.
  void moved_to(std::filesystem::path folder) { folder_ = std::move(folder); }

 private:
  std::filesystem::path file() const { return folder_ / ".lock"; }
  bool try_take();
  bool file_is_ours() const;
  void write_holder() const;
  std::string read_holder() const;
  void release() noexcept;

  std::filesystem::path folder_;
  int descriptor_ = -1;
  bool exclusive_ = false;
};

}  // namespace sr
