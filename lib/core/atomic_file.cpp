#include "core/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

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

/// A file of this name that nobody else has: what a killed run left is removed first, and a link or
/// pipe of the name with it, so that nothing is written through either.
int create_new(const std::filesystem::path& file) {
  constexpr int kHow = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int descriptor = ::open(file.c_str(), kHow, 0666);
  if (descriptor >= 0 || errno != EEXIST) {
    return descriptor;
  }
  return ::unlink(file.c_str()) == 0 ? ::open(file.c_str(), kHow, 0666) : -1;
}

/// Beside the target, so that it can be renamed. The longest of names leave no room for more.
std::filesystem::path temporary_of(const std::filesystem::path& target) {
  const std::string name =
      short_name(target.filename().native(), kLongestName - kTemporarySuffix.size());
  return target.parent_path() / (name + std::string(kTemporarySuffix));
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path target)
    : target_(std::move(target)), temporary_(temporary_of(target_)) {
  descriptor_ = create_new(temporary_);
  if (descriptor_ < 0) {
    fail("cannot create");
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
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
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (::close(descriptor) != 0 || ::rename(temporary_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    errno = error;
    fail("cannot write");
  }
  if (!sync_folder(folder_of(target_))) {
    fail("cannot sync the folder of");
  }
}

void write_file_atomically(const std::filesystem::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(text);
  file.commit();
}

void make_empty_file(const std::filesystem::path& file) {
  const int descriptor = create_new(file);
  if (descriptor < 0) {
    throw StorageError(errno_message("cannot create", file.string(), errno));
  }
  ::close(descriptor);
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

}  // namespace sr
