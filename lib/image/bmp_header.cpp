#include <fmt/format.h>

#include <cstdlib>

#include "image/header.h"

namespace sr {

ImageHeader read_bmp_header(ByteSource& source) {
  constexpr std::uint64_t kInfo = 14;  // after the file header
  constexpr std::uint32_t kCoreHeaderSize = 12;
  constexpr std::uint32_t kUncompressed = 0;
  constexpr std::uint32_t kBitFields = 3;
  ImageHeader header;
  const std::uint64_t pixels = source.le32(10);
  const bool core = source.le32(kInfo) == kCoreHeaderSize;
  const auto width =
      core ? source.le16(kInfo + 4) : static_cast<std::int32_t>(source.le32(kInfo + 4));
  const auto height =
      core ? source.le16(kInfo + 6) : static_cast<std::int32_t>(source.le32(kInfo + 8));
  set_sides(source, width, std::abs(std::int64_t{height}), header.info);  // negative: top row first

  const int bits = source.le16(kInfo + (core ? 10 : 14));
  if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32) {
    source.fail(fmt::format("damaged header: BMP with {} bits a pixel", bits));
  }
  header.info.channels = bits == 32 ? 4 : 3;
  const std::uint32_t compression = core ? kUncompressed : source.le32(kInfo + 16);
  if (compression == kUncompressed || compression == kBitFields) {
    const std::uint64_t row =
        (static_cast<std::uint64_t>(width) * static_cast<unsigned>(bits) + 31) / 32 * 4;
    const std::uint64_t size = row * static_cast<std::uint64_t>(header.info.height);
    if (!source.has(pixels, size)) {
      source.fail(
          fmt::format("truncated: it ends after {} of {} bytes", source.size(), pixels + size));
    }
  }
  return header;
}

}  // namespace sr
