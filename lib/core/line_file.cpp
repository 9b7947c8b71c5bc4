#include "core/line_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace sr {

// O_NONBLOCK: opening a pipe that nobody writes to would wait.
LineFile::LineFile(const std::filesystem::path& file)
    : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
  struct stat status {};
  if (descriptor_ >= 0 && (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode))) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
}

LineFile::~LineFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

bool LineFile::fill() {
  ssize_t count = -1;
  do {
    count = descriptor_ < 0 ? 0 : ::read(descriptor_, buffer_.data(), buffer_.size());
  } while (count < 0 && errno == EINTR);
  rest_ = {buffer_.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  return !rest_.empty();
}

bool LineFile::next(std::string& line) {
  line.clear();
  bool fits = true;
  bool any = false;
  while (!rest_.empty() || fill()) {
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    fits = fits && line.size() + end <= kLongest;
    line.append(rest_.substr(0, fits ? end : 0));
    any = true;
    const bool whole = end < rest_.size();
    rest_.remove_prefix(whole ? end + 1 : end);
    if (whole && fits) {
      return true;
    }
    if (whole) {
      line.clear();
      fits = true;
      any = false;
    }
  }
  return any && fits;
}

}  // namespace sr
