#include "image/jpeg_segments.h"

#include <fmt/format.h>

#include <utility>

namespace sr {

JpegSegment read_jpeg_segment(ByteSource& source, std::uint64_t offset) {
  if (source.u8(offset) != 0xff) {
    source.fail("damaged: no JPEG marker where one must be");
  }
  while (source.u8(offset) == 0xff) {  // any number of fill bytes may precede the marker
    ++offset;
  }
  JpegSegment segment{source.u8(offset), offset + 3, 0};
  const bool bare = segment.marker == 0 || segment.marker == 1 ||
                    (segment.marker >= 0xd0 && segment.marker <= kJpegEnd);
  const int length = bare ? 0 : source.be16(offset + 1);
  if (length < 2) {
    source.fail(fmt::format("damaged: JPEG marker {:#x} in the header", segment.marker));
  }
  segment.size = static_cast<std::uint64_t>(length) - 2;
  return segment;
}

void JpegProfile::add(ByteSource& source, const JpegSegment& segment) {
  constexpr std::uint64_t kFront = kJpegProfile.size() + 2;  // the number of this part and of all
  if (segment.size <= kFront || !source.matches(segment.data, kJpegProfile) ||
      !source.has(segment.data, segment.size)) {
    return;
  }
  std::vector<std::uint8_t> part(segment.size - kFront);
  source.read(segment.data + kFront, part);
  parts_.emplace(source.u8(segment.data + kJpegProfile.size()), std::move(part));
}

std::vector<std::uint8_t> JpegProfile::joined() const {
  std::vector<std::uint8_t> icc;
  for (const auto& [number, part] : parts_) {
    icc.insert(icc.end(), part.begin(), part.end());
  }
  return icc;
}

}  // namespace sr
