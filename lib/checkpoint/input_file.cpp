#include "checkpoint/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace sr {

// O_NONBLOCK: a named pipe must be refused, not waited for.
InputFile::InputFile(const std::filesystem::path& file)
    : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  struct stat status {};
  if (descriptor_ < 0) {
    const int error = errno;
    const std::string reason = "cannot open: " + std::generic_category().message(error);
    if (error == ENOENT || error == ENOTDIR) {
      throw CheckpointError(reason);
    }
    throw UnreadableFile(reason);
  }
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw CheckpointError("is not a regular file");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

void InputFile::read(std::span<std::byte> bytes) {
  position_ += bytes.size();
  while (!bytes.empty()) {
    const ssize_t count = ::read(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      throw UnreadableFile("cannot read: " + std::generic_category().message(errno));
    }
    if (count == 0) {
      throw CheckpointError("became shorter while it was read");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

std::vector<std::byte> InputFile::read_up_to(std::uint64_t most) {
  std::vector<std::byte> bytes(std::min(most, size_ - position_));
  read(bytes);
  return bytes;
}

}  // namespace sr
