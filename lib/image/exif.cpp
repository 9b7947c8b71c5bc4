#include "image/header.h"

namespace sr {

int exif_orientation(ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  constexpr std::uint16_t kOrientationTag = 0x0112;
  if (source.matches(offset, std::string_view("Exif\0\0", 6)) && size > 6) {
    offset += 6;
    size -= 6;
  }
  const bool little = source.matches(offset, "II");
  if (size < 8 || !source.has(offset, size) || (!little && !source.matches(offset, "MM"))) {
    return 1;
  }
  const auto u16 = [&](std::uint64_t at) {
    return little ? source.le16(offset + at) : source.be16(offset + at);
  };
  const std::uint64_t directory = little ? source.le32(offset + 4) : source.be32(offset + 4);
  if (directory + 2 > size) {
    return 1;
  }
  const std::uint64_t count = u16(directory);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t entry = directory + 2 + 12 * i;
    if (entry + 12 > size) {
      return 1;
    }
    if (u16(entry) == kOrientationTag) {
      const int orientation = u16(entry + 8);
      return orientation >= 1 && orientation <= 8 ? orientation : 1;
    }
  }
  return 1;
}

}  // namespace sr
