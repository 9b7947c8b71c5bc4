#include "core/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/file_name.h"

namespace sr {
namespace {

constexpr std::string_view kTemporarySuffix = ".sr-tmp";

/// Makes a rename in it last. False, with errno, when the disk refuses; file systems that cannot
/// open or sync folders are not asked for it.
bool sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return true;
  }
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  errno = error;
  return error == 0 || error == EINVAL || error == ENOTSUP || error == ENOSYS || error == EROFS;
}

/// False, with errno EWOULDBLOCK, when somebody else has locked the file.
bool lock(int descriptor) {
  int result = 0;
  do {
    result = ::flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0 || errno != EWOULDBLOCK;  // any other failure: this file system has no locks
}

/// True while the file still has this name.
bool is_named(int descriptor, const std::filesystem::path& file) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(file.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// Takes a file away that nobody has locked, and a link or a pipe of the name. True as well when
/// somebody else was faster: the name may have been given to another file since. False with errno,
/// EWOULDBLOCK for a file that is locked.
bool remove_unlocked(const std::filesystem::path& file) {
  // O_NONBLOCK: a pipe is not waited for.
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) {  // a link, a pipe, a file of another user
    return errno == ENOENT || ::unlink(file.c_str()) == 0;
  }
  const bool gone =
      lock(descriptor) && (!is_named(descriptor, file) || ::unlink(file.c_str()) == 0);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return gone;
}

/// A new file of this name, locked: what a killed process left is removed first, and a link or pipe
/// of the name with it, so that nothing is written through either. -1 with errno, EWOULDBLOCK when
/// somebody is writing one.
int create_locked(const std::filesystem::path& file) {
  constexpr int kAttempts = 10;  // others may take a file for one that was left before it is locked
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const int descriptor =
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor >= 0 && lock(descriptor) && is_named(descriptor, file)) {
      return descriptor;
    }
    if (descriptor >= 0) {
      ::close(descriptor);
    } else if (errno != EEXIST || !remove_unlocked(file)) {
      return -1;
    }
  }
  errno = EWOULDBLOCK;
  return -1;
}

/// Beside the target, so that it can be renamed; `number`: from 1, for writers of one target at a
/// time. The longest of names leave no room for more.
std::filesystem::path temporary_of(const std::filesystem::path& target, int number,
                                   std::string_view ending) {
  const std::string end =
      fmt::format("{}{}{}", number > 1 ? fmt::format(".{}", number) : "", kTemporarySuffix, ending);
  const std::string hidden = ending.empty() ? "" : ".";
  const std::string name =
      short_name(target.filename().native(), kLongestName - hidden.size() - end.size());
  return target.parent_path() / (hidden + name + end);
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target, std::string_view ending)
    : target_(std::move(target)) {
  constexpr int kMostWriters = 1000;
  for (int number = 1; number <= kMostWriters; ++number) {
    temporary_ = temporary_of(target_, number, ending);
    descriptor_ = create_locked(temporary_);
    if (descriptor_ >= 0 || errno != EWOULDBLOCK) {
      break;
    }
  }
  if (descriptor_ < 0) {
    fail("cannot create");
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) {
    if (is_named(descriptor_, temporary_)) {  // while it is locked, as in remove_unlocked()
      ::unlink(temporary_.c_str());
    }
    ::close(descriptor_);
  }
}

void AtomicFile::fail(const char* action) const {
  throw StorageError(errno_message(action, target_.string(), errno));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      fail("cannot write");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text)));
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) {
    fail("cannot sync");
  }
  // Renamed while it is locked: nobody takes the name for one that was left.
  if (!is_named(descriptor_, temporary_)) {
    errno = ENOENT;
    fail("cannot write");
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    fail("cannot write");
  }
  ::close(std::exchange(descriptor_, -1));
  if (!sync_folder(folder_of(target_))) {
    fail("cannot sync the folder of");
  }
}

void write_file_atomically(const std::filesystem::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(text);
  file.commit();
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw StorageError("cannot create folder " + folder.string() + ": " + error.message());
  }
}

bool is_temporary_name(const std::filesystem::path& path) {
  return path.native().ends_with(kTemporarySuffix);
}

void copy_file_atomically(const std::filesystem::path& source,
                          const std::filesystem::path& target) {
  std::ifstream from(source, std::ios::binary);
  AtomicFile to(target);
  std::vector<char> piece(std::size_t{1} << 20);
  while (from) {
    from.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    to.write(std::string_view(piece.data(), static_cast<std::size_t>(from.gcount())));
  }
  if (!from.eof()) {
    throw StorageError(errno_message("cannot read", source.string(), errno));
  }
  to.commit();
}

void remove_file(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::remove(file, error);
  if (error) {
    throw StorageError("cannot delete " + file.string() + ": " + error.message());
  }
}

void remove_unfinished(const std::filesystem::path& file) {
  if (!remove_unlocked(file) && errno != EWOULDBLOCK) {
    throw StorageError(errno_message("cannot delete", file.string(), errno));
  }
}

}  // namespace sr
