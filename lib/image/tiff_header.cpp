#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "core/error.h"
#include "image/header.h"

// TIFF 6.0, first image of the file: a directory of (tag, type, count, value or offset) entries.
// Camera RAW files (TIFF/EP, DNG) are TIFF too, mostly with a preview as their first image.

namespace sr {
namespace {

enum Tag : std::uint16_t {
  kNewSubfileType = 254,
  kSubfileType = 255,
  kWidth = 256,
  kHeight = 257,
  kBits = 258,
  kCompression = 259,
  kPhotometric = 262,
  kStripOffsets = 273,
  kOrientation = 274,
  kSamples = 277,
  kStripBytes = 279,
  kPlanar = 284,
  kTileOffsets = 324,
  kTileBytes = 325,
  kSubDirectories = 330,
  kExtraSamples = 338,
  kSampleFormat = 339,
  kIccProfile = 34675,
  kCfaRepeatPattern = 33421,
  kCfaPattern = 33422,
  kDngVersion = 50706,
};
enum Photometric : std::uint32_t {
  kMinIsWhite = 0,
  kMinIsBlack = 1,
  kRgb = 2,
  kPalette = 3,
  kYcbcr = 6,
  kColorFilterArray = 32803,
  kLinearRaw = 34892,
};
/// Packings of sensor data: Sony, Samsung, Kodak, Nikon, Pentax.
constexpr std::array<std::uint32_t, 7> kRawCompressions = {32767, 32769, 32770, 32772,
                                                           65000, 34713, 65535};
constexpr std::uint32_t kUnsigned = 1;
constexpr std::uint32_t kFloat = 3;

class Directory {
 public:
  explicit Directory(ByteSource& source) : source_(source), little_(source.matches(0, "II")) {
    if (u16(2) != 42) {
      source.fail("BigTIFF is not supported");
    }
    open(u32(4));
  }

  /// Goes to the directory at this offset; false when none can be there.
  bool go_to(std::uint64_t offset) {
    if (offset == 0 || !source_.has(offset, 2) ||
        !source_.has(offset, 2 + 12 * std::uint64_t{u16(offset)} + 4)) {
      return false;
    }
    open(offset);
    return true;
  }

  /// Offset of the next image's directory; 0: this is the last.
  std::uint64_t next() {
    const std::uint64_t at = begin_ + 2 + 12 * count_;
    return source_.has(at, 4) ? u32(at) : 0;
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

 private:
  void open(std::uint64_t offset) {
    begin_ = offset;
    count_ = u16(begin_);
    entries_.clear();
    for (std::uint64_t i = 0; i < count_; ++i) {
      const std::uint64_t entry = begin_ + 2 + 12 * i;
      entries_.emplace(u16(entry), entry);  // of equal tags the first counts
    }
  }

  std::optional<std::uint64_t> find(Tag tag) const {
    const auto entry = entries_.find(tag);
    return entry == entries_.end() ? std::nullopt : std::optional(entry->second);
  }
  std::uint16_t type_of(Tag tag) { return u16(find(tag).value() + 2); }
  std::uint64_t size_of(std::uint16_t type) const {
    switch (type) {
      case 1:
      case 7:
        return 1;  // BYTE, UNDEFINED
      case 3:
        return 2;  // SHORT
      case 4:
      case 13:
        return 4;  // LONG, IFD
      default:
        source_.fail(fmt::format("damaged: TIFF field of type {}", type));
    }
  }
  std::uint32_t read_value(std::uint64_t at, std::uint16_t type) {
    return size_of(type) == 1 ? source_.u8(at) : type == 3 ? u16(at) : u32(at);
  }
  std::uint16_t u16(std::uint64_t at) { return little_ ? source_.le16(at) : source_.be16(at); }
  std::uint32_t u32(std::uint64_t at) { return little_ ? source_.le32(at) : source_.be32(at); }

  ByteSource& source_;
  bool little_;
  std::uint64_t begin_ = 0;
  std::uint64_t count_ = 0;
  /// Where each tag is: there may be 65,535 of them, and a value for each of a million strips.
  std::map<std::uint16_t, std::uint64_t> entries_;
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
  constexpr std::uint32_t kHeaderBytes = 8;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (directory.value(offsets, 0, i) < kHeaderBytes) {
      source.fail(fmt::format("damaged: its strip or tile {} was never written (offset {})", i,
                              directory.value(offsets, 0, i)));
    }
    if (!source.has(directory.value(offsets, 0, i), directory.value(sizes, 0, i))) {
      source.fail(
          fmt::format("truncated: it ends after {} bytes, inside its pixels", source.size()));
    }
  }
}

void check_supported(const ByteSource& source, Directory& directory, const ImageInfo& info) {
  const std::uint32_t photometric = directory.value(kPhotometric, kMinIsWhite);
  const std::uint32_t format = directory.value(kSampleFormat, kUnsigned);
  if (photometric == kRgb && directory.value(kSamples, 1) < 3) {
    source.fail("damaged header: RGB TIFF with fewer than 3 samples");
  }
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
  if (deep && photometric != kMinIsBlack && photometric != kRgb) {
    source.fail(
        fmt::format("{}-bit TIFF with a palette or white as 0 is not supported", info.bits));
  }
}

/// What an image of the file is, by its directory.
struct Page {
  std::int64_t width = 0, height = 0;
  bool reduced = false;  ///< says that it is a smaller copy of another, or a mask of its pixels
  bool sensor = false;   ///< data of a sensor, not yet a picture
};

Page read_page(Directory& directory) {
  constexpr std::uint32_t kReducedOrMask = 1 | 4;  // bits of NewSubfileType
  constexpr std::uint32_t kReducedCopy = 2;        // of the older tag
  const std::uint32_t photometric = directory.value(kPhotometric, kMinIsWhite);
  const std::uint32_t compression = directory.value(kCompression, 1);
  const bool packed = std::find(kRawCompressions.begin(), kRawCompressions.end(), compression) !=
                      kRawCompressions.end();
  return {directory.value(kWidth, 0), directory.value(kHeight, 0),
          (directory.value(kNewSubfileType, 0) & kReducedOrMask) != 0 ||
              directory.value(kSubfileType, 0) == kReducedCopy,
          packed || photometric == kColorFilterArray || photometric == kLinearRaw ||
              directory.count(kCfaPattern) > 0 || directory.count(kCfaRepeatPattern) > 0 ||
              directory.count(kDngVersion) > 0};
}

/// The other images of the file: those that the first names as its own, and those that follow. A
/// damaged list ends early; only so many are looked at.
std::vector<Page> other_pages(Directory directory) {
  constexpr std::size_t kMost = 32;
  std::vector<std::uint64_t> offsets;
  const std::uint32_t own = directory.count(kSubDirectories);
  for (std::uint32_t i = 0; i < own && i < kMost; ++i) {
    offsets.push_back(directory.value(kSubDirectories, 0, i));
  }
  offsets.push_back(directory.next());
  std::vector<Page> pages;
  try {
    for (std::size_t i = 0; i < offsets.size() && pages.size() < kMost; ++i) {
      if (directory.go_to(offsets[i])) {
        pages.push_back(read_page(directory));
        if (i + 1 == offsets.size()) {
          offsets.push_back(directory.next());
        }
      }
    }
  } catch (const DataError&) {
    // What follows may be damaged: the first image is the one that is read.
  }
  return pages;
}

/// The same picture in more pixels: sides that are both larger, by one factor (within 2 %).
bool is_larger_copy(const Page& page, const Page& first) {
  const auto across = static_cast<double>(page.width) * static_cast<double>(first.height);
  const auto down = static_cast<double>(page.height) * static_cast<double>(first.width);
  return page.width > first.width && page.height > first.height &&
         std::abs(across - down) <= 0.02 * std::max(across, down);
}

TiffKind kind_of(ByteSource& source) {
  using namespace std::string_view_literals;  // with zeros in them
  const bool canon = source.matches(4, "\x10\0\0\0CR\x02\0"sv);
  const bool phase_one = source.matches(8, "IIII"sv) && source.matches(13, "waR"sv);
  if (canon || phase_one) {
    return TiffKind::kRaw;
  }
  Directory directory(source);
  const Page first = read_page(directory);
  const std::vector<Page> others = other_pages(directory);
  if (first.sensor ||
      std::any_of(others.begin(), others.end(), [](const Page& page) { return page.sensor; })) {
    return TiffKind::kRaw;
  }
  const bool reduced =
      first.reduced || std::any_of(others.begin(), others.end(), [&](const Page& page) {
        return !page.reduced && is_larger_copy(page, first);
      });
  return reduced ? TiffKind::kReducedFirst : TiffKind::kPicture;
}

void require_picture(ByteSource& source) {
  switch (kind_of(source)) {
    case TiffKind::kPicture:
      return;
    case TiffKind::kRaw:
      source.fail("is a camera RAW file, of which only the preview could be read");
    case TiffKind::kReducedFirst:
      source.fail("is a TIFF that begins with a reduced copy or a mask of its picture");
  }
}

}  // namespace

ImageHeader read_tiff_header(ByteSource& source) {
  ImageHeader header;
  Directory directory(source);
  require_picture(source);
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
  if (const auto profile = directory.value_offset(kIccProfile, 0)) {
    header.info.color_profile = color_profile_in(source, *profile, directory.count(kIccProfile));
  }
  const std::uint32_t orientation = directory.value(kOrientation, 1);
  if (orientation >= 1 && orientation <= 8) {
    set_orientation(static_cast<int>(orientation), header);
  }
  return header;
}

TiffKind tiff_kind(ByteSource& source) {
  try {
    return kind_of(source);
  } catch (const DataError&) {
    return TiffKind::kPicture;
  }
}

}  // namespace sr
