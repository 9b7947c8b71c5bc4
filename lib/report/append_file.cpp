#include "report/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "core/atomic_file.h"
#include "core/error.h"

namespace sr {

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
  if (path_.has_parent_path()) {
    make_folder(path_.parent_path());
  }
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    fail("cannot open", errno);
  }
  struct stat status {};
  // A pipe takes some lines and then holds the run up for ever.
  if (::fstat(descriptor_, &status) != 0 ||
      (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode))) {
    ::close(descriptor_);
    throw StorageError(path_.string() + ": is no regular file");
  }
  torn_ = ends_torn();
}

AppendFile::~AppendFile() {
  ::close(descriptor_);
}

bool AppendFile::ends_torn() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || status.st_size == 0) {
    return false;
  }
  char last = '\n';
  return ::pread(descriptor_, &last, 1, status.st_size - 1) == 1 && last != '\n';
}

void AppendFile::append(std::string_view bytes) {
  const std::size_t all = bytes.size();
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      const int error = errno;
      take_back(all - bytes.size());
      fail("cannot write", error);
    }
    const auto taken = static_cast<std::size_t>(written);
    torn_ = taken > 0 ? bytes[taken - 1] != '\n' : torn_;
    bytes.remove_prefix(taken);
  }
}

/// Without it a record that is cut short would hide all that follow it from readers.
void AppendFile::take_back(std::size_t bytes) {
  struct stat status {};
  if (bytes > 0 && ::fstat(descriptor_, &status) == 0 &&
      ::ftruncate(descriptor_, status.st_size - static_cast<off_t>(bytes)) == 0) {
    torn_ = ends_torn();
  }
}

void AppendFile::append_line(std::string_view text) {
  std::string line;
  line.reserve(text.size() + 2);
  if (torn_) {
    line += '\n';
  }
  line += text;
  line += '\n';
  append(line);
}

void AppendFile::fail(const char* action, int error_number) const {
  throw StorageError(errno_message(action, path_.string(), error_number));
}

}  // namespace sr
