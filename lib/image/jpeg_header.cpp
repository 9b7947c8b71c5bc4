#include <fmt/format.h>

#include <optional>
#include <vector>

#include "image/color_profile.h"
#include "image/exif_block.h"
#include "image/header.h"
#include "image/jpeg_segments.h"

namespace sr {
namespace {

constexpr int kApp14 = 0xee;
constexpr int kSof55 = 0xf7;  // JPEG-LS, ITU-T T.87

bool is_frame(int marker) {  // SOF0..SOF15 without DHT, JPG, DAC
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

void read_frame(ByteSource& source, const JpegSegment& segment, ImageInfo& info) {
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

// Decoders fill what is missing with gray and call it a success, so the end marker has to be looked
// for. Usually it is the last thing in the file; else (some cameras append data) the scans are
// walked: within them 0xFF is followed by 0 or a restart marker.
void check_end(ByteSource& source, std::uint64_t offset) {
  if (source.matches(source.size() - 2, "\xff\xd9")) {
    return;
  }
  for (; source.has(offset, 2); ++offset) {
    if (source.u8(offset) == 0xff && source.u8(offset + 1) == kJpegEnd) {
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
  JpegProfile profile;
  JpegSegment segment;
  while (segment.marker != kJpegScan) {
    segment = read_jpeg_segment(source, segment.next());
    if (segment.marker == kSof55) {
      source.fail("JPEG-LS is not supported");
    }
    if (is_frame(segment.marker)) {
      read_frame(source, segment, header.info);
    } else if (segment.marker == kApp14) {
      adobe = adobe || source.matches(segment.data, "Adobe");
    } else if (segment.marker == kJpegApp1 && !orientation &&
               source.matches(segment.data, ExifBlock::kStart)) {
      // Some editors put a block of their own in front of the camera's: the first that names one.
      orientation = exif_orientation(source, segment.data, segment.size);
      adobe_rgb = adobe_rgb || exif_is_adobe_rgb(source, segment.data, segment.size);
    } else if (segment.marker == kJpegApp2) {
      profile.add(source, segment);
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
  check_end(source, segment.next());
  const std::vector<std::uint8_t> icc = profile.joined();
  header.info.color_profile = !icc.empty() ? foreign_profile(icc)
                              : adobe_rgb  ? "Adobe RGB (by its EXIF block)"
                                           : "";
  set_orientation(orientation.value_or(1), header);
  return header;
}

}  // namespace sr
