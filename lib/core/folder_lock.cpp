#include "core/folder_lock.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "core/error.h"
#include "core/host.h"

namespace sr {

FolderLock::FolderLock(std::filesystem::path folder) : folder_(std::move(folder)) {
  // A holder that ends between our open() and flock() takes its file away: then the lock is on a
  // file that nobody else can find, and has to be taken again.
  constexpr int kAttempts = 10;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (try_take()) {
      return;
    }
  }
  throw StorageError(file().string() + ": vanishes each time it is locked");
}

FolderLock::~FolderLock() {
  release();
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : folder_(std::move(other.folder_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      exclusive_(other.exclusive_) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  if (this != &other) {
    release();
    folder_ = std::move(other.folder_);
    descriptor_ = std::exchange(other.descriptor_, -1);
    exclusive_ = other.exclusive_;
  }
  return *this;
}

bool FolderLock::try_take() {
  // O_NOFOLLOW: what a link of that name points to would be overwritten.
  descriptor_ = ::open(file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  struct stat status {};
  if (descriptor_ < 0 && errno != ELOOP) {
    throw StorageError(errno_message("cannot write in folder", folder_.string(), errno));
  }
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(std::exchange(descriptor_, -1));
    throw StorageError(file().string() + ": is no regular file; remove it");
  }
  int result = 0;
  do {
    result = ::flock(descriptor_, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno == EWOULDBLOCK) {
    const std::string holder = read_holder();
    ::close(std::exchange(descriptor_, -1));
    throw StorageError(
        fmt::format("{}: in use by {}; wait until that run has ended or choose another name",
                    folder_.string(), holder));
  }
  exclusive_ = result == 0;  // any other failure: this file system has no locks
  if (!file_is_ours()) {
    ::close(std::exchange(descriptor_, -1));
    return false;
  }
  write_holder();
  return true;
}

bool FolderLock::file_is_ours() const {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor_, &opened) == 0 && ::stat(file().c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

// Written in place, not through AtomicFile: a rename would put another file under the lock's name.
void FolderLock::write_holder() const {
  const std::string text = fmt::format("process {} on {} since {:%Y-%m-%d %H:%M:%S}\n", ::getpid(),
                                       host_name(), fmt::localtime(std::time(nullptr)));
  const bool written =
      ::ftruncate(descriptor_, 0) == 0 &&
      ::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (!written) {
    const int error = errno;
    ::close(descriptor_);  // the destructor of an object that was never made does not run
    throw StorageError(errno_message("cannot write", file().string(), error));
  }
}

std::string FolderLock::read_holder() const {
  std::array<char, 512> text{};
  const ssize_t length = ::pread(descriptor_, text.data(), text.size(), 0);
  std::string holder(text.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  holder = holder.substr(0, holder.find('\n'));
  return holder.empty() ? "another process" : holder;  // it may not have written its text yet
}

void FolderLock::release() noexcept {
  if (descriptor_ >= 0) {
    if (file_is_ours()) {
      ::unlink(file().c_str());
    }
    ::close(std::exchange(descriptor_, -1));
  }
}

}  // namespace sr
