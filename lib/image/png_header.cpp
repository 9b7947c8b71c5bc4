#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/printable_text.h"
#include "image/color_profile.h"
#include "image/header.h"
#include "image/inflate.h"

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
  /// The pixels mean something else to who does not know it (the first letter is a capital).
  bool is_critical() const { return (static_cast<unsigned char>(type[0]) & 0x20U) == 0; }
  std::uint64_t data() const { return offset + 8; }
  std::uint64_t next() const { return offset + kFrame + length; }
};

/// True when chunks follow each other from here up to IEND.
bool leads_to_end(ByteSource& source, std::uint64_t offset) {
  while (source.has(offset, kFrame) && !source.matches(offset + 4, "IEND")) {
    offset += kFrame + std::uint64_t{source.be32(offset)};
  }
  return source.has(offset, kFrame);
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
  if (libdeflate_crc32(0, bytes.data(), bytes.size()) != source.be32(chunk.data() + chunk.length)) {
    source.fail(fmt::format("damaged: wrong checksum of its {} chunk",
                            std::string_view(chunk.type.data(), chunk.type.size())));
  }
}

void read_ihdr(ByteSource& source, const Chunk& chunk, ImageInfo& info) {
  if (chunk.is("CgBI")) {
    source.fail("PNG as Xcode packs it for iPhones (CgBI) is not supported");
  }
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

/// The first chunk behind the pixels when the end of the file shows it: the last IDAT, from which
/// chunk follows chunk up to IEND. Walking all of them would read a large file all over.
std::optional<Chunk> chunk_behind_pixels(ByteSource& source, const Chunk& first_data) {
  constexpr std::uint64_t kTail = 16 * 1024;
  const std::uint64_t begin =
      std::max(first_data.offset, source.size() - std::min(kTail, source.size()));
  if (begin == first_data.offset && leads_to_end(source, begin)) {
    return first_data;  // of a small file: a hop or two instead of a search
  }
  std::vector<std::uint8_t> tail(source.size() - begin);
  source.read(begin, tail);
  MemorySource end("", tail);
  constexpr std::string_view kType = "IDAT";
  for (auto last = tail.end();;) {
    const auto found = std::find_end(tail.begin(), last, kType.begin(), kType.end());
    const auto offset = static_cast<std::uint64_t>(found - tail.begin());
    if (found == last || offset < 4) {
      return std::nullopt;
    }
    if (leads_to_end(end, offset - 4)) {
      return read_chunk(source, read_chunk(source, begin + offset - 4).next());
    }
    last = found;
  }
}

/// The chunk IEND must be there; an eXIf chunk on the way to it gives the orientation, unless one
/// has already.
void read_behind_pixels(ByteSource& source, const Chunk& first_data,
                        std::optional<int>& orientation) {
  Chunk chunk = chunk_behind_pixels(source, first_data).value_or(first_data);
  while (!chunk.is("IEND")) {
    if (chunk.is("eXIf") && !orientation) {
      orientation = exif_orientation(source, chunk.data(), chunk.length);
    }
    chunk = read_chunk(source, chunk.next());
  }
}

/// ISO/IEC 15948 section 11.3.3.3: a name, a zero, a zero for deflate, the packed profile.
std::string read_iccp(ByteSource& source, const Chunk& chunk) {
  constexpr std::uint64_t kLongestName = 79;
  std::uint64_t name = 0;
  while (name < kLongestName && name < chunk.length && source.u8(chunk.data() + name) != 0) {
    ++name;
  }
  const std::uint64_t front = name + 2;
  if (chunk.length <= front || chunk.length > kLargestProfile) {
    return {};
  }
  std::vector<std::uint8_t> packed(chunk.length - front);
  source.read(chunk.data() + front, packed);
  return foreign_profile(inflate_at_most(packed, kLargestProfile));
}

/// ITU-T H.273: colour primaries and transfer characteristics.
std::string read_cicp(ByteSource& source, const Chunk& chunk) {
  constexpr int kBt709 = 1;
  constexpr std::array<int, 5> kNearSrgb = {1, 6, 13, 14, 15};
  const int primaries = source.u8(chunk.data());
  const int transfer = source.u8(chunk.data() + 1);
  const bool near = std::find(kNearSrgb.begin(), kNearSrgb.end(), transfer) != kNearSrgb.end();
  return primaries == kBt709 && near
             ? std::string()
             : fmt::format("primaries {} and transfer {} of H.273", primaries, transfer);
}

/// Section 11.3.3: white and primaries as x and y, times 100,000, and the exponent of the file.
bool has_srgb_primaries(ByteSource& source, const Chunk& chunk) {
  constexpr std::array<int, 8> kOfSrgb = {31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000};
  constexpr int kNear = 1000;
  std::uint64_t at = chunk.data();
  return std::all_of(kOfSrgb.begin(), kOfSrgb.end(), [&](int wanted) {
    const auto value = std::int64_t{source.be32(std::exchange(at, at + 4))};
    return value >= wanted - kNear && value <= wanted + kNear;
  });
}

std::string read_gamma(ByteSource& source, const Chunk& chunk) {
  constexpr double kOfSrgb = 0.45455;
  constexpr double kNear = 0.03;
  const double gamma = source.be32(chunk.data()) / 100000.0;
  return gamma > kOfSrgb - kNear && gamma < kOfSrgb + kNear ? std::string()
                                                            : fmt::format("gamma {:.3g}", gamma);
}

/// What the chunks in front of the pixels say of the colours.
class ColorChunks {
 public:
  void read(ByteSource& source, const Chunk& chunk) {
    if (chunk.is("cICP") && chunk.length == 4) {
      coded_ = read_cicp(source, chunk);
    } else if (chunk.is("iCCP")) {
      profile_ = read_iccp(source, chunk);
    } else if (chunk.is("sRGB")) {
      srgb_ = true;
    } else if (chunk.is("gAMA") && chunk.length == 4) {
      gamma_ = read_gamma(source, chunk);
    } else if (chunk.is("cHRM") && chunk.length == 32 && !has_srgb_primaries(source, chunk)) {
      primaries_ = "other primaries (cHRM)";
    }
  }

  /// Empty for sRGB. Of cICP, iCCP, sRGB, and gAMA with cHRM the first that is there counts
  /// (PNG third edition, section 4.3).
  std::string other_than_srgb() const {
    if (coded_ || profile_ || srgb_) {
      return coded_ ? *coded_ : profile_.value_or("");
    }
    return gamma_.empty() ? primaries_ : gamma_;
  }

 private:
  std::optional<std::string> coded_, profile_;
  bool srgb_ = false;
  std::string gamma_, primaries_;
};

}  // namespace

ImageHeader read_png_header(ByteSource& source) {
  ImageHeader header;
  Chunk chunk = read_chunk(source, kSignatureSize);
  read_ihdr(source, chunk, header.info);
  std::optional<int> orientation;
  ColorChunks colors;
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
    } else if (chunk.is_critical() && !chunk.is("IDAT")) {
      source.fail(fmt::format("PNG with the chunk {} in front of its pixels is not supported",
                              printable_line({chunk.type.data(), chunk.type.size()})));
    } else if (chunk.is("eXIf") && !orientation) {
      orientation = exif_orientation(source, chunk.data(), chunk.length);
    } else {
      colors.read(source, chunk);
    }
  }
  header.info.color_profile = colors.other_than_srgb();
  read_behind_pixels(source, chunk, orientation);
  set_orientation(orientation.value_or(1), header);
  return header;
}

}  // namespace sr
