#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <opencv2/core/mat.hpp>

#include "image/byte_source.h"

namespace sr {

/// What a BMP's header says of its pixels. Offsets are from the beginning of the file, bytes.
struct BmpLayout {
  enum class Coding : std::uint8_t { kPlain, kRunLength4, kRunLength8 };

  std::int64_t width = 0, height = 0;  ///< pixels; not checked
  bool top_row_first = false;
  int bits = 24;  ///< a pixel: 1, 2, 4, 8 (indices), 16, 24, 32
  Coding coding = Coding::kPlain;
  std::array<std::uint32_t, 3> masks{};  ///< of R, G, B in 16 and 32 bits
  std::uint64_t pixels = 0;              ///< where they begin
  std::uint64_t palette = 0;             ///< where it begins, entries B, G, R (, unused)
  int palette_entries = 0;
  int palette_entry_size = 4;  ///< bytes

  /// Bytes of a row that is not run-length coded.
  std::uint64_t row() const {
    return (static_cast<std::uint64_t>(width) * static_cast<unsigned>(bits) + 31) / 32 * 4;
  }
};

/// Reads the headers of Windows (from version 2 on) and OS/2. Fails for kinds that are not
/// supported: embedded JPEG and PNG, CMYK, OS/2's Huffman and 24-bit run lengths.
BmpLayout read_bmp_layout(ByteSource& source);

/// Decodes a BMP whose header was found good to 8-bit RGB. Samples of fewer bits are scaled to 0 to
/// 255, rounded; alpha is dropped; what run lengths leave out has the first colour of the palette.
/// Fails for indices without a colour and for run lengths that end early or leave the image.
cv::Mat decode_bmp(ByteSource& source);

}  // namespace sr
