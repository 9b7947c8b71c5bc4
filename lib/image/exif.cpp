#include <optional>

#include "image/header.h"

namespace sr {
namespace {

/// A TIFF block within the source. Reading outside of it fails as any reading behind the end does.
class ExifBlock {
 public:
  ExifBlock(ByteSource& source, std::uint64_t offset, std::uint64_t size)
      : source_(source), begin_(offset), size_(size) {
    if (source.matches(offset, std::string_view("Exif\0\0", 6)) && size > 6) {
      begin_ += 6;
      size_ -= 6;
    }
    little_ = source.matches(begin_, "II");
    usable_ = size_ >= 8 && source.has(begin_, size_) && (little_ || source.matches(begin_, "MM"));
  }

  bool usable() const { return usable_; }
  std::uint32_t first_directory() { return u32(4); }

  /// Where the value field of a tag lies; nothing when the directory or the tag is not there.
  std::optional<std::uint64_t> find(std::uint64_t directory, std::uint16_t tag) {
    const std::uint64_t count = directory + 2 <= size_ ? u16(directory) : 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t entry = directory + 2 + 12 * i;
      if (entry + 12 > size_) {
        return std::nullopt;
      }
      if (u16(entry) == tag) {
        return entry + 8;
      }
    }
    return std::nullopt;
  }
  /// The first number of a value field, of whatever integer type the writer took for it.
  std::optional<std::uint32_t> number(std::uint64_t field) {
    switch (u16(field - 6)) {
      case 1:  // BYTE, SBYTE
      case 6:
        return source_.u8(begin_ + field);
      case 3:  // SHORT, SSHORT
      case 8:
        return u16(field);
      case 4:  // LONG, SLONG
      case 9:
        return u32(field);
      default:
        return std::nullopt;
    }
  }
  /// The directory that a tag of another one points to.
  std::optional<std::uint64_t> directory_at(std::uint64_t directory, std::uint16_t tag) {
    const auto value = find(directory, tag);
    return value ? std::optional<std::uint64_t>(u32(*value)) : std::nullopt;
  }

  std::uint16_t u16(std::uint64_t at) {
    return little_ ? source_.le16(begin_ + at) : source_.be16(begin_ + at);
  }
  std::uint32_t u32(std::uint64_t at) {
    return little_ ? source_.le32(begin_ + at) : source_.be32(begin_ + at);
  }
  bool matches(std::uint64_t at, std::string_view text) {
    return source_.matches(begin_ + at, text);
  }

 private:
  ByteSource& source_;
  std::uint64_t begin_, size_;
  bool little_ = false, usable_ = false;
};

}  // namespace

std::optional<int> exif_orientation(ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  constexpr std::uint16_t kOrientation = 0x0112;
  ExifBlock block(source, offset, size);
  const auto field =
      block.usable() ? block.find(block.first_directory(), kOrientation) : std::nullopt;
  const auto value = field ? block.number(*field) : std::nullopt;
  return value && *value >= 1 && *value <= 8 ? std::optional(static_cast<int>(*value))
                                             : std::nullopt;
}

bool exif_is_adobe_rgb(ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  constexpr std::uint16_t kExifDirectory = 0x8769;
  constexpr std::uint16_t kInteroperability = 0xa005;
  constexpr std::uint16_t kIndex = 1;
  ExifBlock block(source, offset, size);
  if (!block.usable()) {
    return false;
  }
  const auto exif = block.directory_at(block.first_directory(), kExifDirectory);
  const auto other = exif ? block.directory_at(*exif, kInteroperability) : std::nullopt;
  const auto index = other ? block.find(*other, kIndex) : std::nullopt;
  return index && block.matches(*index, "R03");
}

}  // namespace sr
