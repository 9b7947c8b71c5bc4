#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "image/header.h"

// PNG, ISO/IEC 15948: the signature, then chunks of length, type, data, CRC; IHDR first and IEND
// last.

namespace sr {
namespace {

constexpr std::uint64_t kSignatureSize = 8;
constexpr std::uint64_t kFrame = 12;  // length, type and CRC around the data of a chunk

struct Chunk {
  std::uint64_t offset = 0;  // of its length field
  std::uint32_t length = 0;
  std::array<char, 4> type{};

  bool is(std::string_view name) const {
    return std::equal(type.begin(), type.end(), name.begin());
  }
  std::uint64_t data() const { return offset + 8; }
  std::uint64_t next() const { return offset + kFrame + length; }
};

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1) != 0 ? 0xedb88320U ^ (value >> 1) : value >> 1;
    }
    table[i] = value;
  }
  return table;
}

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t value = 0xffffffffU;
  for (const std::uint8_t byte : bytes) {
    value = kTable[(value ^ byte) & 0xff] ^ (value >> 8);
  }
  return ~value;
}

Chunk read_chunk(ByteSource& source, std::uint64_t offset) {
  Chunk chunk;
  chunk.offset = offset;
  if (!source.has(offset, kFrame)) {
    source.fail(fmt::format("truncated: it ends after {} bytes, the end chunk IEND is missing",
                            source.size()));
  }
  chunk.length = source.be32(offset);
  for (std::size_t i = 0; i < chunk.type.size(); ++i) {
    chunk.type[i] = static_cast<char>(source.u8(offset + 4 + i));
  }
  if (!source.has(offset, kFrame + chunk.length)) {
    source.fail(fmt::format("truncated: it ends after {} bytes, inside a chunk", source.size()));
  }
  return chunk;
}

void check_crc(ByteSource& source, const Chunk& chunk) {
  std::vector<std::uint8_t> bytes(4 + std::size_t{chunk.length});
  source.read(chunk.offset + 4, bytes);
  if (crc32(bytes) != source.be32(chunk.data() + chunk.length)) {
    source.fail(fmt::format("damaged: wrong checksum of its {} chunk",
                            std::string_view(chunk.type.data(), chunk.type.size())));
  }
}

void read_ihdr(ByteSource& source, const Chunk& chunk, ImageInfo& info) {
  if (!chunk.is("IHDR") || chunk.length != 13) {
    source.fail("damaged: a PNG must begin with the chunk IHDR");
  }
  check_crc(source, chunk);
  set_sides(source, source.be32(chunk.data()), source.be32(chunk.data() + 4), info);
  info.bits = source.u8(chunk.data() + 8);
  const int color_type = source.u8(chunk.data() + 9);
  const bool palette = color_type == 3;
  switch (color_type) {
    case 0:
      info.channels = 1;
      break;
    case 2:
    case 3:
      info.channels = 3;
      break;
    case 4:
      info.channels = 2;
      break;
    case 6:
      info.channels = 4;
      break;
    default:
      source.fail(fmt::format("damaged header: PNG colour type {}", color_type));
  }
  const bool low = info.bits == 1 || info.bits == 2 || info.bits == 4;
  const bool allowed =
      info.bits == 8 || (info.bits == 16 && !palette) || (low && (palette || color_type == 0));
  if (!allowed) {
    source.fail(
        fmt::format("damaged header: {} bits with PNG colour type {}", info.bits, color_type));
  }
  if (palette) {
    info.bits = 8;  // of the colours, not of the indices
  }
}

// Almost every file ends with IEND, which needs one look; only when something follows it are all
// chunks walked.
void check_end(ByteSource& source, const Chunk& first_data) {
  if (source.matches(source.size() - kFrame,
                     std::string_view("\0\0\0\0IEND\xae\x42\x60\x82", kFrame))) {
    return;
  }
  Chunk chunk = first_data;
  while (!chunk.is("IEND")) {
    chunk = read_chunk(source, chunk.next());
  }
}

}  // namespace

ImageHeader read_png_header(ByteSource& source) {
  ImageHeader header;
  Chunk chunk = read_chunk(source, kSignatureSize);
  read_ihdr(source, chunk, header.info);
  int orientation = 1;
  while (!chunk.is("IDAT")) {
    chunk = read_chunk(source, chunk.next());
    if (chunk.is("IEND")) {
      source.fail("damaged: it holds no pixels (no chunk IDAT)");
    }
    if (chunk.is("PLTE")) {
      if (chunk.length > 3 * 256) {
        source.fail("damaged: its palette is too long");
      }
      check_crc(source, chunk);
    } else if (chunk.is("eXIf")) {
      orientation = exif_orientation(source, chunk.data(), chunk.length);
    }
  }
  check_end(source, chunk);
  set_orientation(orientation, header);
  return header;
}

}  // namespace sr
