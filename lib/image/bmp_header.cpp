#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

#include "image/bmp_layout.h"
#include "image/header.h"

// A file header of 14 bytes, an info header that begins with its own size, masks or a palette, and
// the pixels, rows padded to four bytes. Windows: 40, 52, 56, 108, 124 bytes (info, versions 2 to
// 5); OS/2: 12 (core), 16 to 64.

namespace sr {
namespace {

constexpr std::uint64_t kInfo = 14;
constexpr std::uint32_t kCoreHeader = 12;
constexpr std::uint32_t kInfoHeader = 40;
constexpr std::uint64_t kMasks = kInfo + kInfoHeader;  ///< within or right behind the info header
constexpr std::uint32_t kOs2Header = 64;

enum Compression : std::uint32_t {
  kNone = 0,
  kRunLength8 = 1,
  kRunLength4 = 2,
  kBitFields = 3,
  kAlphaBitFields = 6,
};

/// 0 where the info header is too short to have the field (OS/2 version 2).
std::uint32_t optional_le32(ByteSource& source, std::uint32_t header, std::uint64_t offset) {
  return header >= offset + 4 ? source.le32(kInfo + offset) : 0;
}

void read_coding(ByteSource& source, std::uint32_t header, BmpLayout& layout) {
  const std::uint32_t compression = optional_le32(source, header, 16);
  const bool os2_only = header == kOs2Header && compression >= kBitFields;
  const bool fields = compression == kBitFields || compression == kAlphaBitFields;
  const bool deep = layout.bits == 16 || layout.bits == 32;
  if (compression == kRunLength8 && layout.bits == 8) {
    layout.coding = BmpLayout::Coding::kRunLength8;
  } else if (compression == kRunLength4 && layout.bits == 4) {
    layout.coding = BmpLayout::Coding::kRunLength4;
  } else if (os2_only || (compression != kNone && !(fields && deep))) {
    source.fail(fmt::format("BMP with {} bits a pixel and compression {} is not supported",
                            layout.bits, compression));
  }
  const std::uint64_t masks_end = fields && header == kInfoHeader ? kMasks + 12 : 0;
  if (layout.pixels < std::max(kInfo + header, masks_end)) {
    source.fail("damaged header: the pixels of a BMP begin inside of it");
  }
  if (fields && deep) {
    for (std::size_t i = 0; i < layout.masks.size(); ++i) {
      layout.masks[i] = source.le32(kMasks + 4 * i);
    }
  } else if (layout.bits == 16) {
    layout.masks = {0x7c00, 0x03e0, 0x001f};
  } else {
    layout.masks = {0xff0000, 0x00ff00, 0x0000ff};
  }
  std::uint32_t taken = 0;
  for (const std::uint32_t mask : layout.masks) {
    const std::uint32_t ones = mask == 0 ? 0 : mask >> std::countr_zero(mask);
    const bool shared = (mask & std::exchange(taken, taken | mask)) != 0;
    if (ones == 0 || (ones & (ones + 1)) != 0 || shared) {
      source.fail(fmt::format("damaged header: BMP with the colour mask {:#x}", mask));
    }
  }
}

void check_bits(const ByteSource& source, int bits) {
  constexpr std::array<int, 7> kBits = {1, 2, 4, 8, 16, 24, 32};
  constexpr int kOfJpegOrPng = 0;
  constexpr int kDeepColour = 64;
  if (bits == kOfJpegOrPng || bits == kDeepColour) {
    source.fail(bits == kDeepColour ? "BMP with 64 bits a pixel is not supported"
                                    : "BMP with a JPEG or PNG inside is not supported");
  }
  if (std::find(kBits.begin(), kBits.end(), bits) == kBits.end()) {
    source.fail(fmt::format("damaged header: BMP with {} bits a pixel", bits));
  }
}

/// As many colours as there is room for: some programs write too small a number.
void read_palette(ByteSource& source, std::uint32_t header, BmpLayout& layout) {
  layout.palette = kInfo + header;
  layout.palette_entry_size = header == kCoreHeader ? 3 : 4;
  const std::int64_t room =
      static_cast<std::int64_t>(layout.pixels) - static_cast<std::int64_t>(layout.palette);
  layout.palette_entries = static_cast<int>(std::clamp<std::int64_t>(
      room / layout.palette_entry_size, 0, std::int64_t{1} << layout.bits));
  if (layout.palette_entries == 0) {
    source.fail("damaged: a BMP of indices without a palette");
  }
}

}  // namespace

BmpLayout read_bmp_layout(ByteSource& source) {
  BmpLayout layout;
  layout.pixels = source.le32(10);
  const std::uint32_t header = source.le32(kInfo);
  const bool core = header == kCoreHeader;
  layout.width = core ? source.le16(kInfo + 4)
                      : std::int64_t{static_cast<std::int32_t>(source.le32(kInfo + 4))};
  const std::int64_t height = core
                                  ? source.le16(kInfo + 6)
                                  : std::int64_t{static_cast<std::int32_t>(source.le32(kInfo + 8))};
  layout.height = std::abs(height);
  layout.top_row_first = height < 0;
  layout.bits = source.le16(kInfo + (core ? 10 : 14));
  check_bits(source, layout.bits);
  read_coding(source, header, layout);
  if (layout.bits <= 8) {
    read_palette(source, header, layout);
  }
  return layout;
}

ImageHeader read_bmp_header(ByteSource& source) {
  ImageHeader header;
  const BmpLayout layout = read_bmp_layout(source);
  set_sides(source, layout.width, layout.height, header.info);
  header.info.channels = layout.bits == 32 ? 4 : 3;
  constexpr std::uint32_t kVersion5 = 124;
  if (source.le32(kInfo) == kVersion5 && source.matches(kInfo + 56, "DEBM")) {  // embedded profile
    header.info.color_profile = color_profile_in(
        source, kInfo + std::uint64_t{source.le32(kInfo + 112)}, source.le32(kInfo + 116));
  }
  if (layout.coding == BmpLayout::Coding::kPlain) {
    const std::uint64_t size = layout.row() * static_cast<std::uint64_t>(layout.height);
    if (!source.has(layout.pixels, size)) {
      source.fail(fmt::format("truncated: it ends after {} of {} bytes", source.size(),
                              layout.pixels + size));
    }
  }
  return header;
}

}  // namespace sr
