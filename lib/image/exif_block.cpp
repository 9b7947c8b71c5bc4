#include "image/exif_block.h"

namespace sr {
namespace {

/// Of an integer of this type, signed or not; 0 for any other.
int bytes_of(std::uint16_t type) {
  switch (type) {
    case 1:  // BYTE, SBYTE
    case 6:
      return 1;
    case 3:  // SHORT, SSHORT
    case 8:
      return 2;
    case 4:  // LONG, SLONG
    case 9:
      return 4;
    default:
      return 0;
  }
}

}  // namespace

ExifBlock::ExifBlock(ByteSource& source, std::uint64_t offset, std::uint64_t size)
    : source_(source), begin_(offset), size_(size) {
  if (source.matches(offset, kStart) && size > kStart.size()) {
    begin_ += kStart.size();
    size_ -= kStart.size();
  }
  little_ = source.matches(begin_, "II");
  usable_ = size_ >= 8 && source.has(begin_, size_) && (little_ || source.matches(begin_, "MM"));
}

std::optional<ExifBlock::Field> ExifBlock::find(std::uint64_t directory, std::uint16_t tag) {
  const std::uint64_t count = directory + 2 <= size_ ? u16(begin_ + directory) : 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t entry = directory + 2 + 12 * i;
    if (entry + 12 > size_) {
      return std::nullopt;
    }
    if (u16(begin_ + entry) == tag) {
      return Field{begin_ + entry + 8, bytes_of(u16(begin_ + entry + 2))};
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> ExifBlock::number(const Field& field) {
  switch (field.bytes) {
    case 1:
      return source_.u8(field.at);
    case 2:
      return u16(field.at);
    case 4:
      return u32(field.at);
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> ExifBlock::directory_at(std::uint64_t directory, std::uint16_t tag) {
  const std::optional<Field> field = find(directory, tag);
  return field ? std::optional<std::uint64_t>(u32(field->at)) : std::nullopt;
}

}  // namespace sr
