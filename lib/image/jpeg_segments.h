#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "image/byte_source.h"

// What stands in front of the first scan of a JPEG, ITU-T T.81 annex B: segments of a marker 0xFF
// xx and, mostly, a big-endian length that counts itself.

namespace sr {

inline constexpr int kJpegStart = 0xd8;
inline constexpr int kJpegEnd = 0xd9;
inline constexpr int kJpegScan = 0xda;
inline constexpr int kJpegApp0 = 0xe0;
inline constexpr int kJpegApp1 = 0xe1;
inline constexpr int kJpegApp2 = 0xe2;

/// What an APP2 with a part of an ICC profile begins with.
inline constexpr std::string_view kJpegProfile("ICC_PROFILE\0", 12);

struct JpegSegment {
  int marker = kJpegStart;
  std::uint64_t data = 2;  ///< after the length field
  std::uint64_t size = 0;  ///< of the data, which may go on beyond the end of the file

  std::uint64_t next() const { return data + size; }
};

/// The segment that begins at `offset`. Fails where there is no marker, or one that cannot stand
/// in front of a scan.
JpegSegment read_jpeg_segment(ByteSource& source, std::uint64_t offset);

/// An ICC profile, which may be longer than a segment, out of its parts by their numbers: they need
/// not come in order (ICC.1:2022 annex B.4).
class JpegProfile {
 public:
  /// Takes the part that a segment APP2 holds, if it holds one and the whole of it is there.
  void add(ByteSource& source, const JpegSegment& segment);
  /// Empty without parts.
  std::vector<std::uint8_t> joined() const;

 private:
  std::map<std::uint8_t, std::vector<std::uint8_t>> parts_;
};

}  // namespace sr
