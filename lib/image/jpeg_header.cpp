#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "image/color_profile.h"
#include "image/header.h"

// JPEG, ITU-T T.81 annex B: markers 0xFF xx, most with a big-endian length that counts itself.

namespace sr {
namespace {

constexpr int kSoi = 0xd8;
constexpr int kEoi = 0xd9;
constexpr int kSos = 0xda;
constexpr int kApp1 = 0xe1;
constexpr int kApp2 = 0xe2;
constexpr int kApp14 = 0xee;
constexpr int kSof55 = 0xf7;  // JPEG-LS, ITU-T T.87

struct Segment {
  int marker = 0;
  std::uint64_t data = 0;  // after the length field
  std::uint64_t size = 0;  // of the data
};

Segment read_segment(ByteSource& source, std::uint64_t offset) {
  if (source.u8(offset) != 0xff) {
    source.fail("damaged: no JPEG marker where one must be");
  }
  while (source.u8(offset) == 0xff) {  // any number of fill bytes may precede the marker
    ++offset;
  }
  Segment segment{source.u8(offset), offset + 3, 0};
  const bool bare = segment.marker == 0 || segment.marker == 1 ||
                    (segment.marker >= 0xd0 && segment.marker <= kEoi);
  const int length = bare ? 0 : source.be16(offset + 1);
  if (length < 2) {
    source.fail(fmt::format("damaged: JPEG marker {:#x} in the header", segment.marker));
  }
  segment.size = static_cast<std::uint64_t>(length) - 2;
  return segment;
}

bool is_frame(int marker) {  // SOF0..SOF15 without DHT, JPG, DAC
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

void read_frame(ByteSource& source, const Segment& segment, ImageInfo& info) {
  const int bits = source.u8(segment.data);
  const bool known = segment.marker <= 0xc2 || segment.marker == 0xc9 || segment.marker == 0xca;
  if (!known || bits != 8) {
    source.fail(fmt::format(
        "{}-bit JPEG of kind SOF{} (lossless, hierarchical or more than 8 bits) is not supported",
        bits, segment.marker - 0xc0));
  }
  const std::uint16_t height = source.be16(segment.data + 1);
  if (height == 0) {
    source.fail("JPEG that tells its height behind its pixels (marker DNL) is not supported");
  }
  set_sides(source, source.be16(segment.data + 3), height, info);
  info.bits = bits;
  info.channels = source.u8(segment.data + 5);
  if (info.channels != 1 && info.channels != 3 && info.channels != 4) {
    source.fail(fmt::format("JPEG with {} components is not supported", info.channels));
  }
}

/// The parts of an ICC profile, which may be longer than a segment, by their numbers: they need not
/// come in order (ICC.1:2022 annex B.4).
using ProfileParts = std::map<std::uint8_t, std::vector<std::uint8_t>>;

void collect_profile(ByteSource& source, const Segment& segment, ProfileParts& parts) {
  constexpr std::string_view kLabel("ICC_PROFILE\0", 12);
  constexpr std::uint64_t kFront = 14;  // the label, the number of this part and of all
  if (segment.size <= kFront || !source.matches(segment.data, kLabel) ||
      !source.has(segment.data, segment.size)) {
    return;
  }
  std::vector<std::uint8_t> part(segment.size - kFront);
  source.read(segment.data + kFront, part);
  parts.emplace(source.u8(segment.data + kLabel.size()), std::move(part));
}

std::vector<std::uint8_t> joined(const ProfileParts& parts) {
  std::vector<std::uint8_t> icc;
  for (const auto& [number, part] : parts) {
    icc.insert(icc.end(), part.begin(), part.end());
  }
  return icc;
}

// Decoders fill what is missing with gray and call it a success, so the end marker has to be looked
// for. Usually it is the last thing in the file; else (some cameras append data) the scans are
// walked: within them 0xFF is followed by 0 or a restart marker.
void check_end(ByteSource& source, std::uint64_t offset) {
  if (source.matches(source.size() - 2, "\xff\xd9")) {
    return;
  }
  for (; source.has(offset, 2); ++offset) {
    if (source.u8(offset) == 0xff && source.u8(offset + 1) == kEoi) {
      return;
    }
  }
  source.fail(
      fmt::format("truncated: it ends after {} bytes without the JPEG end marker", source.size()));
}

}  // namespace

ImageHeader read_jpeg_header(ByteSource& source) {
  ImageHeader header;
  std::optional<int> orientation;
  bool adobe = false;
  bool adobe_rgb = false;
  ProfileParts parts;
  Segment segment{kSoi, 2, 0};
  while (segment.marker != kSos) {
    segment = read_segment(source, segment.data + segment.size);
    if (segment.marker == kSof55) {
      source.fail("JPEG-LS is not supported");
    }
    if (is_frame(segment.marker)) {
      read_frame(source, segment, header.info);
    } else if (segment.marker == kApp14) {
      adobe = adobe || source.matches(segment.data, "Adobe");
    } else if (segment.marker == kApp1 && !orientation &&
               source.matches(segment.data, std::string_view("Exif\0\0", 6))) {
      // Some editors put a block of their own in front of the camera's: the first that names one.
      orientation = exif_orientation(source, segment.data, segment.size);
      adobe_rgb = adobe_rgb || exif_is_adobe_rgb(source, segment.data, segment.size);
    } else if (segment.marker == kApp2) {
      collect_profile(source, segment, parts);
    }
  }
  if (header.info.width == 0) {
    source.fail("damaged: a JPEG scan before its frame header");
  }
  if (header.info.channels == 4 && !adobe) {
    // With Adobe's marker the inks are stored inverted; without it both ways occur.
    source.fail(
        "CMYK JPEG without an Adobe marker: its inks could be read two ways; convert it to RGB "
        "first");
  }
  check_end(source, segment.data + segment.size);
  header.info.color_profile = !parts.empty() ? foreign_profile(joined(parts))
                              : adobe_rgb    ? "Adobe RGB (by its EXIF block)"
                                             : "";
  set_orientation(orientation.value_or(1), header);
  return header;
}

}  // namespace sr
