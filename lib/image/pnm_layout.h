#pragma once

#include <cstdint>

#include <opencv2/core/mat.hpp>

#include "image/byte_source.h"

namespace sr {

/// What a PNM's header says of its pixels.
struct PnmLayout {
  int kind = 6;  ///< P1 to P3: text, P4 to P6: binary; of each bits, gray, RGB
  std::int64_t width = 0, height = 0;  ///< pixels; not checked
  std::int64_t maximum = 255;          ///< of a sample: 1 (bits), 255 or 65535
  std::uint64_t pixels = 0;            ///< where they begin, bytes from the beginning of the file

  bool text() const { return kind <= 3; }
  bool bitmap() const { return maximum == 1; }
  int channels() const { return kind % 3 == 0 ? 3 : 1; }
  /// Bytes of a row of a binary kind.
  std::int64_t row() const {
    return bitmap() ? (width + 7) / 8 : width * channels() * (maximum > 255 ? 2 : 1);
  }
};

/// Fails for other maxima.
PnmLayout read_pnm_layout(ByteSource& source);

/// Goes behind white space and comments; fails at the end of the file.
void skip_pnm_space(ByteSource& source, std::uint64_t& offset);

/// Reads a number behind white space and comments and goes to what follows it, which may be the end
/// of the file. -1 when something else stands there; numbers above 2^30 are cut.
std::int64_t read_pnm_number(ByteSource& source, std::uint64_t& offset);

/// Decodes a PNM whose header was found good to gray or RGB of 8 or 16 bits. Fails for samples of
/// text that are above the maximum, no numbers, or too few.
cv::Mat decode_pnm(ByteSource& source);

}  // namespace sr
