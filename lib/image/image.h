#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <opencv2/core/mat.hpp>

// Pixels on the CPU. Everywhere in the project an image is a cv::Mat of three interleaved channels
// in the order R, G, B and one of the depths CV_8U (0..255), CV_16U (0..65535), CV_32F (0..1,
// clamped, finite).

namespace sr {

/// What a file's header says, without decoding pixels. Sides are as displayed (EXIF orientation
/// applied).
struct ImageInfo {
  std::string format;  ///< "png", "jpeg", "webp", "tiff", "bmp", "pnm"
  int width = 0;       ///< pixels
  int height = 0;      ///< pixels
  int channels =
      0;         ///< as stored: 1 gray, 2 gray + alpha, 3, 4 (alpha or CMYK); palettes count as 3
  int bits = 8;  ///< per channel as stored: 1, 2, 4, 8, 16, 32, 64; of a palette's colours, not its
                 ///< indices
  /// The name of the colours that the values stand for when the file says that they are others than
  /// sRGB's (ICC profile, PNG cICP, EXIF's Adobe RGB); empty else. Nothing is converted: the values
  /// are taken as stored.
  std::string color_profile{};

  bool gray() const { return channels <= 2; }
};

/// Reads the header and, where the format shows it cheaply, whether the end is there (PNG IEND,
/// JPEG end marker, the lengths in WebP, TIFF, BMP and binary PNM): two or three small reads.
/// Throws DataError "<file>: <reason>" for a file that cannot be used as an image: empty, unknown
/// format, damaged header, truncated, a side of zero or above 2^20, more than 2^30 pixels or than
/// most_decode_bytes() allows, camera RAW and TIFF that begin with a reduced copy, or a kind that
/// cannot be converted faithfully (CMYK without Adobe's marker or in TIFF, Lab, integers with sign
/// or of 32 bits, PNM maxima besides 255 and 65535, animated WebP, JPEG of 12 bits).
ImageInfo probe_image(const std::filesystem::path& file);

/// Decodes the whole file by the stated rules: gray replicated to three channels, palette expanded,
/// alpha dropped (the colour under it kept as stored; a TIFF's that was multiplied by alpha is
/// divided by it), EXIF orientation applied, 16 bits kept,
/// floats clamped to [0, 1] (NaN and Inf refused), CMYK converted (R = C' K' / 255 of the inverted
/// inks, within one level). Throws DataError
/// "<file>: <reason>" for all that probe_image refuses, and when the pixels cannot be decoded
/// completely.
cv::Mat decode_image(const std::filesystem::path& file);

/// The encoder's own choice: fast, files a little larger.
inline constexpr int kFastCompression = -1;

/// Writes an 8 or 16-bit RGB image as PNG, atomically, with zlib's compression level 0 (none) to 9
/// (slow, small); the pixels are the same with each. Throws StorageError.
void write_png(const std::filesystem::path& file, const cv::Mat& rgb,
               int compression = kFastCompression);

}  // namespace sr
