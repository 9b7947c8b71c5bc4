#include <fmt/format.h>

#include <algorithm>

#include "image/header.h"
#include "image/pnm_layout.h"

// Netpbm P1..P6: magic, then decimal numbers separated by white space and comments, then one white
// space.

namespace sr {
namespace {

bool is_space(std::uint8_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::int64_t header_number(ByteSource& source, std::uint64_t& offset) {
  const std::int64_t number = read_pnm_number(source, offset);
  if (number < 0) {
    source.fail("damaged PNM header: a number is missing");
  }
  return number;
}

}  // namespace

void skip_pnm_space(ByteSource& source, std::uint64_t& offset) {
  bool comment = false;
  for (std::uint8_t c = source.u8(offset); comment || is_space(c) || c == '#';
       c = source.u8(++offset)) {
    comment = c == '#' || (comment && c != '\n' && c != '\r');
  }
}

std::int64_t read_pnm_number(ByteSource& source, std::uint64_t& offset) {
  skip_pnm_space(source, offset);
  std::int64_t number = -1;
  for (; source.has(offset, 1); ++offset) {
    const std::uint8_t c = source.u8(offset);
    if (c < '0' || c > '9') {
      break;
    }
    number = std::min((number < 0 ? 0 : number) * 10 + (c - '0'), kMaxPixels + 1);
  }
  return number;
}

PnmLayout read_pnm_layout(ByteSource& source) {
  PnmLayout layout;
  layout.kind = source.u8(1) - '0';
  std::uint64_t offset = 2;
  layout.width = header_number(source, offset);
  layout.height = header_number(source, offset);
  const bool bitmap = layout.kind == 1 || layout.kind == 4;
  layout.maximum = bitmap ? 1 : header_number(source, offset);
  if (!bitmap && layout.maximum != 255 && layout.maximum != 65535) {
    source.fail(fmt::format("PNM with the maximum {} is not supported (255 and 65535 are)",
                            layout.maximum));
  }
  if (!is_space(source.u8(offset))) {
    source.fail("damaged PNM header: no white space in front of the pixels");
  }
  layout.pixels = offset + 1;
  return layout;
}

ImageHeader read_pnm_header(ByteSource& source) {
  ImageHeader header;
  ImageInfo& info = header.info;
  const PnmLayout layout = read_pnm_layout(source);
  set_sides(source, layout.width, layout.height, info);
  info.channels = layout.channels();
  info.bits = layout.bitmap() ? 1 : layout.maximum == 255 ? 8 : 16;
  const auto size = static_cast<std::uint64_t>(layout.row() * layout.height);
  if (!layout.text() && !source.has(layout.pixels, size)) {
    source.fail(fmt::format("truncated: it ends after {} of {} bytes", source.size(),
                            layout.pixels + size));
  }
  return header;
}

}  // namespace sr
