#include <fmt/format.h>

#include "image/header.h"

// WebP container (RIFF chunks, even sizes), VP8 (RFC 6386 section 9.1) and lossless VP8L.

namespace sr {
namespace {

constexpr std::uint64_t kFirstChunk = 12;
constexpr std::uint8_t kAnimated = 0x02;
constexpr std::uint8_t kAlpha = 0x10;

void read_lossy(ByteSource& source, std::uint64_t data, ImageInfo& info) {
  if ((source.u8(data) & 1) != 0 || !source.matches(data + 3, "\x9d\x01\x2a")) {
    source.fail("damaged: no VP8 key frame");
  }
  set_sides(source, source.le16(data + 6) & 0x3fff, source.le16(data + 8) & 0x3fff, info);
  info.channels = 3;
}

void read_lossless(ByteSource& source, std::uint64_t data, ImageInfo& info) {
  if (source.u8(data) != 0x2f) {
    source.fail("damaged: no VP8L signature");
  }
  const std::uint32_t fields = source.le32(data + 1);
  set_sides(source, (fields & 0x3fff) + 1, ((fields >> 14) & 0x3fff) + 1, info);
  info.channels = (fields >> 28 & 1) != 0 ? 4 : 3;
}

// The profile stands in front of the pixels, the EXIF chunk behind them. Returns the orientation.
std::optional<int> read_extended(ByteSource& source, std::uint64_t data, std::uint64_t end,
                                 ImageInfo& info) {
  const std::uint8_t flags = source.u8(data);
  if ((flags & kAnimated) != 0) {
    source.fail("animated WebP is not supported");
  }
  set_sides(source, std::int64_t{source.le24(data + 4)} + 1,
            std::int64_t{source.le24(data + 7)} + 1, info);
  info.channels = (flags & kAlpha) != 0 ? 4 : 3;
  std::optional<int> orientation;
  std::uint64_t chunk = kFirstChunk;
  while (chunk + 8 <= end) {
    const std::uint32_t size = source.le32(chunk + 4);
    if (source.matches(chunk, "EXIF") && !orientation) {
      orientation = exif_orientation(source, chunk + 8, size);
    } else if (source.matches(chunk, "ICCP")) {
      info.color_profile = color_profile_in(source, chunk + 8, size);
    }
    chunk += 8 + std::uint64_t{size} + (size & 1);
  }
  return orientation;
}

}  // namespace

ImageHeader read_webp_header(ByteSource& source) {
  ImageHeader header;
  const std::uint64_t end = 8 + std::uint64_t{source.le32(4)};
  if (end > source.size()) {
    source.fail(fmt::format("truncated: it ends after {} of {} bytes", source.size(), end));
  }
  const std::uint64_t data = kFirstChunk + 8;
  std::optional<int> orientation;
  if (source.matches(kFirstChunk, "VP8 ")) {
    read_lossy(source, data, header.info);
  } else if (source.matches(kFirstChunk, "VP8L")) {
    read_lossless(source, data, header.info);
  } else if (source.matches(kFirstChunk, "VP8X")) {
    orientation = read_extended(source, data, end, header.info);
  } else {
    source.fail("damaged: no WebP image where one must be");
  }
  set_orientation(orientation.value_or(1), header);
  return header;
}

}  // namespace sr
