#include "image/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/error.h"

namespace sr {
namespace {

std::uint64_t size_of(int descriptor, const std::filesystem::path& file) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) {
    throw DataError(errno_message("cannot read", file.string(), errno));
  }
  if (!S_ISREG(status.st_mode)) {
    throw DataError(file.string() + ": not a regular file");
  }
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

void ByteSource::read(std::uint64_t offset, std::span<std::uint8_t> to) {
  if (!has(offset, to.size())) {
    fail(size_ == 0 ? "the file is empty"
                    : fmt::format("truncated: it ends after {} bytes, inside its header", size_));
  }
  fetch(offset, to);
}

template <std::size_t kBytes>
std::array<std::uint8_t, kBytes> ByteSource::take(std::uint64_t offset) {
  std::array<std::uint8_t, kBytes> bytes{};
  read(offset, bytes);
  return bytes;
}

std::uint8_t ByteSource::u8(std::uint64_t offset) {
  return take<1>(offset)[0];
}

std::uint16_t ByteSource::be16(std::uint64_t offset) {
  const auto bytes = take<2>(offset);
  return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

std::uint32_t ByteSource::be32(std::uint64_t offset) {
  const auto bytes = take<4>(offset);
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
         std::uint32_t{bytes[2]} << 8 | bytes[3];
}

std::uint16_t ByteSource::le16(std::uint64_t offset) {
  const auto bytes = take<2>(offset);
  return static_cast<std::uint16_t>(bytes[1] << 8 | bytes[0]);
}

std::uint32_t ByteSource::le24(std::uint64_t offset) {
  const auto bytes = take<3>(offset);
  return std::uint32_t{bytes[2]} << 16 | std::uint32_t{bytes[1]} << 8 | bytes[0];
}

std::uint32_t ByteSource::le32(std::uint64_t offset) {
  const auto bytes = take<4>(offset);
  return std::uint32_t{bytes[3]} << 24 | std::uint32_t{bytes[2]} << 16 |
         std::uint32_t{bytes[1]} << 8 | bytes[0];
}

bool ByteSource::matches(std::uint64_t offset, std::string_view bytes) {
  if (!has(offset, bytes.size())) {
    return false;
  }
  std::string found(bytes.size(), '\0');
  read(offset, {reinterpret_cast<std::uint8_t*>(found.data()), found.size()});
  return found == bytes;
}

void ByteSource::fail(const std::string& reason) const {
  throw DataError(name_ + ": " + reason);
}

FileSource::Descriptor::Descriptor(const std::filesystem::path& file)
    // O_NONBLOCK: a pipe among the images must not hang the program before it is refused.
    : value_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (value_ < 0) {
    throw DataError(errno_message("cannot open", file.string(), errno));
  }
}

FileSource::Descriptor::~Descriptor() {
  if (value_ >= 0) {
    ::close(value_);
  }
}

FileSource::FileSource(const std::filesystem::path& file) : FileSource(file, Descriptor(file)) {}

FileSource::FileSource(const std::filesystem::path& file, Descriptor descriptor)
    : ByteSource(file.string(), size_of(descriptor.value(), file)),
      descriptor_(std::move(descriptor)) {}

std::vector<std::uint8_t> FileSource::read_all() {
  std::vector<std::uint8_t> bytes(size());
  read_exactly(0, bytes);
  return bytes;
}

void FileSource::fetch(std::uint64_t offset, std::span<std::uint8_t> to) {
  if (to.size() > kWindow) {
    read_exactly(offset, to);
    return;
  }
  const std::uint64_t window_end = window_begin_ + window_size_;
  if (offset < window_begin_ || offset + to.size() > window_end) {
    window_size_ = static_cast<std::size_t>(std::min<std::uint64_t>(kWindow, size() - offset));
    window_begin_ = offset;
    read_exactly(offset, {window_.data(), window_size_});
  }
  std::copy_n(window_.data() + (offset - window_begin_), to.size(), to.data());
}

void FileSource::read_exactly(std::uint64_t offset, std::span<std::uint8_t> to) const {
  while (!to.empty()) {
    const ssize_t count =
        ::pread(descriptor_.value(), to.data(), to.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      fail(errno_message("cannot read", "it", errno));
    }
    if (count == 0) {
      fail("it became shorter while it was read");
    }
    to = to.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void MemorySource::fetch(std::uint64_t offset, std::span<std::uint8_t> to) {
  std::copy_n(bytes_.data() + offset, to.size(), to.data());
}

}  // namespace sr
