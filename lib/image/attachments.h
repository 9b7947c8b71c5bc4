#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace sr {

/// What an image file carries beside its pixels and what a copy of it should carry too.
struct Attachments {
  std::vector<std::uint8_t> icc;   ///< ICC profile; empty: none
  std::vector<std::uint8_t> exif;  ///< EXIF's TIFF block, without "Exif\0\0"; empty: none
};

/// Those of an encoded PNG, JPEG or WebP (`format` as in ImageInfo); none for other formats. What
/// is damaged is left out: it never makes an image unusable.
Attachments read_attachments(std::span<const std::uint8_t> file, std::string_view format);

/// The same encoded PNG, JPEG or WebP (of these sides, pixels) with the attachments in it. What
/// does not fit is left out: EXIF of more than 65,527 bytes and ICC of more than 255 segments in a
/// JPEG.
struct PictureSides {
  int width = 0;
  int height = 0;
};
std::vector<std::uint8_t> with_attachments(std::vector<std::uint8_t> file, std::string_view format,
                                           const Attachments& attachments, PictureSides sides);

/// Makes an EXIF block say what is true of pixels that were turned upright and have these sides:
/// orientation 1, PixelXDimension and PixelYDimension. Tags that are not there are not added.
void describe_upright(std::vector<std::uint8_t>& exif, PictureSides sides);

}  // namespace sr
