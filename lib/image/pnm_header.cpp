#include <fmt/format.h>

#include "image/header.h"

// Netpbm P1..P6: magic, then decimal numbers separated by white space and comments, then one white
// space.

namespace sr {
namespace {

bool is_space(std::uint8_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Skips white space and comments, reads a number, leaves offset behind it.
std::int64_t read_number(ByteSource& source, std::uint64_t& offset) {
  bool comment = false;
  for (std::uint8_t c = source.u8(offset); comment || is_space(c) || c == '#';
       c = source.u8(++offset)) {
    comment = c == '#' || (comment && c != '\n' && c != '\r');
  }
  std::int64_t number = -1;
  for (std::uint8_t c = source.u8(offset); c >= '0' && c <= '9'; c = source.u8(++offset)) {
    number = (number < 0 ? 0 : number) * 10 + (c - '0');
    if (number > kMaxPixels) {
      break;
    }
  }
  if (number < 0) {
    source.fail("damaged PNM header: a number is missing");
  }
  return number;
}

}  // namespace

ImageHeader read_pnm_header(ByteSource& source) {
  ImageHeader header;
  ImageInfo& info = header.info;
  const int kind = source.u8(1) - '0';
  std::uint64_t offset = 2;
  const std::int64_t width = read_number(source, offset);
  const std::int64_t height = read_number(source, offset);
  set_sides(source, width, height, info);
  const bool bitmap = kind == 1 || kind == 4;
  const std::int64_t maximum = bitmap ? 1 : read_number(source, offset);
  if (!bitmap && maximum != 255 && maximum != 65535) {
    source.fail(
        fmt::format("PNM with the maximum {} is not supported (255 and 65535 are)", maximum));
  }
  info.channels = kind == 3 || kind == 6 ? 3 : 1;
  info.bits = bitmap ? 1 : maximum == 255 ? 8 : 16;
  if (kind >= 4) {
    const std::int64_t row = bitmap ? (width + 7) / 8 : width * info.channels * (info.bits / 8);
    const auto size = static_cast<std::uint64_t>(row * height);
    if (!source.has(offset + 1, size)) {
      source.fail(
          fmt::format("truncated: it ends after {} of {} bytes", source.size(), offset + 1 + size));
    }
  }
  return header;
}

}  // namespace sr
