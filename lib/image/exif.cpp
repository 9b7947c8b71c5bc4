#include <optional>

#include "image/exif_block.h"
#include "image/header.h"

namespace sr {

std::optional<int> exif_orientation(ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  ExifBlock block(source, offset, size);
  const auto field =
      block.usable() ? block.find(block.first_directory(), ExifBlock::kOrientation) : std::nullopt;
  const auto value = field ? block.number(*field) : std::nullopt;
  return value && *value >= 1 && *value <= 8 ? std::optional(static_cast<int>(*value))
                                             : std::nullopt;
}

bool exif_is_adobe_rgb(ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  constexpr std::uint16_t kInteroperability = 0xa005;
  constexpr std::uint16_t kIndex = 1;
  ExifBlock block(source, offset, size);
  if (!block.usable()) {
    return false;
  }
  const auto exif = block.directory_at(block.first_directory(), ExifBlock::kExif);
  const auto other = exif ? block.directory_at(*exif, kInteroperability) : std::nullopt;
  const auto index = other ? block.find(*other, kIndex) : std::nullopt;
  return index && block.matches(*index, "R03");
}

}  // namespace sr
