#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "image/header.h"

// TIFF 6.0, first image of the file: a directory of (tag, type, count, value or offset) entries.

namespace sr {
namespace {

enum Tag : std::uint16_t {
  kWidth = 256,
  kHeight = 257,
  kBits = 258,
  kPhotometric = 262,
  kStripOffsets = 273,
  kOrientation = 274,
  kSamples = 277,
  kStripBytes = 279,
  kPlanar = 284,
  kTileOffsets = 324,
  kTileBytes = 325,
  kExtraSamples = 338,
  kSampleFormat = 339,
};
enum Photometric : std::uint32_t { kMinIsWhite = 0, kPalette = 3, kYcbcr = 6 };
constexpr std::uint32_t kUnassociatedAlpha = 2;
constexpr std::uint32_t kUnsigned = 1;
constexpr std::uint32_t kFloat = 3;

class Directory {
 public:
  explicit Directory(ByteSource& source) : source_(source), little_(source.matches(0, "II")) {
    if (u16(2) != 42) {
      source.fail("BigTIFF is not supported");
    }
    begin_ = u32(4);
    count_ = u16(begin_);
  }

  std::uint32_t value(Tag tag, std::uint32_t otherwise, std::uint32_t index = 0) {
    const std::optional<std::uint64_t> at = value_offset(tag, index);
    return at ? read_value(*at, type_of(tag)) : otherwise;
  }

  std::uint32_t count(Tag tag) {
    const std::optional<std::uint64_t> entry = find(tag);
    return entry ? u32(*entry + 4) : 0;
  }

  /// Where the file keeps a value; nothing when the tag has not that many.
  std::optional<std::uint64_t> value_offset(Tag tag, std::uint32_t index) {
    const std::optional<std::uint64_t> entry = find(tag);
    if (!entry || index >= u32(*entry + 4)) {
      return std::nullopt;
    }
    const std::uint64_t size = size_of(u16(*entry + 2));
    const bool inside = size * u32(*entry + 4) <= 4;
    return (inside ? *entry + 8 : u32(*entry + 8)) + size * index;
  }

  /// Where the lowest byte of the tag's first value lies; the tag must be there.
  std::uint64_t low_byte(Tag tag) {
    const std::uint64_t at = value_offset(tag, 0).value();
    return little_ ? at : at + size_of(type_of(tag)) - 1;
  }

 private:
  std::optional<std::uint64_t> find(Tag tag) {
    for (std::uint64_t i = 0; i < count_; ++i) {
      const std::uint64_t entry = begin_ + 2 + 12 * i;
      if (u16(entry) == tag) {
        return entry;
      }
    }
    return std::nullopt;
  }
  std::uint16_t type_of(Tag tag) { return u16(find(tag).value() + 2); }
  std::uint64_t size_of(std::uint16_t type) const {
    switch (type) {
      case 1:
        return 1;  // BYTE
      case 3:
        return 2;  // SHORT
      case 4:
        return 4;  // LONG
      default:
        source_.fail(fmt::format("damaged: TIFF field of type {}", type));
    }
  }
  std::uint32_t read_value(std::uint64_t at, std::uint16_t type) {
    return type == 1 ? source_.u8(at) : type == 3 ? u16(at) : u32(at);
  }
  std::uint16_t u16(std::uint64_t at) { return little_ ? source_.le16(at) : source_.be16(at); }
  std::uint32_t u32(std::uint64_t at) { return little_ ? source_.le32(at) : source_.be32(at); }

  ByteSource& source_;
  bool little_;
  std::uint64_t begin_ = 0;
  std::uint64_t count_ = 0;
};

// Every strip or tile must lie in the file.
void check_pixels_present(const ByteSource& source, Directory& directory) {
  const bool tiled = directory.count(kTileOffsets) > 0;
  const Tag offsets = tiled ? kTileOffsets : kStripOffsets;
  const Tag sizes = tiled ? kTileBytes : kStripBytes;
  const std::uint32_t count = directory.count(offsets);
  if (count == 0 || directory.count(sizes) != count) {
    source.fail("damaged: its TIFF directory does not say where the pixels are");
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!source.has(directory.value(offsets, 0, i), directory.value(sizes, 0, i))) {
      source.fail(
          fmt::format("truncated: it ends after {} bytes, inside its pixels", source.size()));
    }
  }
}

void check_supported(const ByteSource& source, Directory& directory, const ImageInfo& info) {
  const std::uint32_t photometric = directory.value(kPhotometric, kMinIsWhite);
  const std::uint32_t format = directory.value(kSampleFormat, kUnsigned);
  if (photometric > kPalette && photometric != kYcbcr) {
    source.fail(fmt::format(
        "TIFF colour space {} (CMYK, Lab ...) is not supported; convert it to RGB first",
        photometric));
  }
  const bool integer = format == kUnsigned && (info.bits == 1 || info.bits == 2 || info.bits == 4 ||
                                               info.bits == 8 || info.bits == 16);
  const bool floating = format == kFloat && (info.bits == 32 || info.bits == 64);
  if (!integer && !floating) {
    source.fail(
        fmt::format("TIFF with {}-bit samples of format {} is not supported", info.bits, format));
  }
  const bool deep = info.bits > 8;
  if (deep &&
      (photometric == kMinIsWhite || photometric == kPalette || directory.value(kPlanar, 1) != 1)) {
    source.fail(fmt::format("{}-bit TIFF with planes, a palette or white as 0 is not supported",
                            info.bits));
  }
}

}  // namespace

ImageHeader read_tiff_header(ByteSource& source) {
  ImageHeader header;
  Directory directory(source);
  set_sides(source, directory.value(kWidth, 0), directory.value(kHeight, 0), header.info);
  header.info.bits = static_cast<int>(directory.value(kBits, 1));
  const std::uint32_t samples = directory.value(kSamples, 1);
  if (samples < 1 || samples > 4) {
    source.fail(fmt::format("TIFF with {} channels is not supported", samples));
  }
  const bool palette = directory.value(kPhotometric, kMinIsWhite) == kPalette;
  header.info.channels = palette ? 3 : static_cast<int>(samples);
  check_supported(source, directory, header.info);
  check_pixels_present(source, directory);
  if (directory.value(kExtraSamples, 0) == kUnassociatedAlpha) {
    header.unassociated_alpha = directory.low_byte(kExtraSamples);
  }
  const std::uint32_t orientation = directory.value(kOrientation, 1);
  if (orientation >= 5 && orientation <= 8) {
    std::swap(header.info.width, header.info.height);  // the decoder itself turns the pixels
  }
  return header;
}

}  // namespace sr
