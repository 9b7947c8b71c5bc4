#include "core/text_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "core/units.h"
#include "core/utf8.h"

namespace sr {
namespace {

/// An open file, closed at the end of the scope.
class Descriptor {
 public:
  // O_NONBLOCK: opening a pipe that nobody writes to would wait.
  explicit Descriptor(const std::filesystem::path& file)
      : value_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~Descriptor() {
    if (value_ >= 0) {
      ::close(value_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

std::string error_text(int error_number) {
  return std::generic_category().message(error_number);
}

/// What a file is instead of a regular one; empty when it is one.
std::string other_kind(const struct stat& status) {
  switch (status.st_mode & S_IFMT) {
    case S_IFREG:
      return {};
    case S_IFDIR:
      return error_text(EISDIR);
    case S_IFIFO:
      return "is a pipe, not a file";
    case S_IFSOCK:
      return "is a socket, not a file";
    default:
      return "is a device, not a file";
  }
}

/// The bytes, or a problem. Reads until the end: the size of a file in /proc is 0.
TextFile read_bytes(int descriptor, std::size_t most_bytes) {
  TextFile result;
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  while (result.text.size() <= most_bytes) {
    const std::size_t size = result.text.size();
    result.text.resize(size + kPiece);
    const ssize_t count = ::read(descriptor, result.text.data() + size, kPiece);
    result.text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && errno != EINTR) {
      return {{}, error_text(errno)};
    }
    if (count == 0) {
      return result;
    }
  }
  return {{},
          fmt::format("holds more than {}", format_bytes(static_cast<std::int64_t>(most_bytes)))};
}

std::size_t line_at(std::string_view text, std::size_t position) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(position);
  return static_cast<std::size_t>(std::count(text.begin(), end, '\n')) + 1;
}

/// UTF-16 without its byte order mark to UTF-8; a half character becomes U+FFFD.
std::string from_utf16(std::string_view bytes, bool big_endian) {
  const auto unit = [&](std::size_t i) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<char32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char32_t value = unit(i);
    const bool high = value >= 0xD800 && value < 0xDC00;
    if (high && i + 3 < bytes.size() && (unit(i + 2) & 0xFC00U) == 0xDC00) {
      value = 0x10000 + ((value & 0x3FFU) << 10U) + (unit(i + 2) & 0x3FFU);
      i += 2;
    }
    append_utf8(text, value);
  }
  return text;
}

}  // namespace

TextFile text_of_bytes(std::string bytes, TextBytes kind) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    bytes = from_utf16(std::string_view(bytes).substr(2), /*big_endian=*/bytes[0] == '\xFE');
  } else if (bytes.starts_with("\xEF\xBB\xBF")) {
    bytes.erase(0, 3);
  }
  if (const std::size_t nul = bytes.find('\0'); nul != std::string::npos) {
    return {{},
            fmt::format("line {}: holds a NUL byte, so this is no text (or UTF-16 without byte "
                        "order mark; save it as UTF-8)",
                        line_at(bytes, nul))};
  }
  if (const std::size_t bad = first_not_utf8(bytes);
      kind == TextBytes::kUtf8 && bad < bytes.size()) {
    return {{},
            fmt::format("line {}: byte 0x{:02x} is not UTF-8; save the file as UTF-8",
                        line_at(bytes, bad), static_cast<unsigned char>(bytes[bad]))};
  }
  return {std::move(bytes), {}};
}

TextFile read_text_file(const std::filesystem::path& file, std::size_t most_bytes,
                        TextBytes bytes) {
  const Descriptor descriptor(file);
  struct stat status {};
  if (descriptor.value() < 0 || ::fstat(descriptor.value(), &status) != 0) {
    // Sockets, and pipes in some places, cannot be opened at all.
    return {{}, errno == ENXIO ? "is a socket or a pipe, not a file" : error_text(errno)};
  }
  if (std::string other = other_kind(status); !other.empty()) {
    return {{}, std::move(other)};
  }
  TextFile content = read_bytes(descriptor.value(), most_bytes);
  return content.problem.empty() ? text_of_bytes(std::move(content.text), bytes) : content;
}

}  // namespace sr
