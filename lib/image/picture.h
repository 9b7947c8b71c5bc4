#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "image/attachments.h"

namespace sr {

/// An image with all that a file made from it should keep. Pixels are upright, and EXIF says so.
struct Picture {
  cv::Mat color;       ///< RGB (image.h); the colour under transparent pixels is as stored
  cv::Mat alpha;       ///< one channel of color's depth and sides; empty: opaque, as is a colour
                       ///< that a PNG declares transparent (tRNS without a palette)
  bool gray = false;   ///< stored as one channel (and alpha): R = G = B
  std::string format;  ///< of the file it came from (ImageInfo)
  Attachments attachments;
};

/// Decodes a whole file by the rules of decode_image, alpha and attachments included. Throws
/// DataError "<file>: <reason>".
Picture decode_picture(const std::filesystem::path& file);

/// What pictures are written as.
enum class PictureFormat { kPng, kJpeg, kWebp, kTiff, kBmp, kPnm };

/// Of ImageInfo::format.
PictureFormat picture_format(std::string_view info_format);
/// ".png", ".jpg", ".webp", ".tif", ".bmp"; of PNM ".pgm" for gray and ".ppm" for colours.
std::string_view extension_of(PictureFormat format, bool gray = false);
/// By a name's extension, in upper or lower case; nothing for any other.
std::optional<PictureFormat> format_of_extension(const std::filesystem::path& file);
/// True when a picture that is written as this format may have the name: of PNM, .pgm is for gray
/// alone, .ppm takes gray as three channels, and .pbm is never written.
bool extension_holds(const std::filesystem::path& file, PictureFormat format, bool gray);
bool holds_16_bits(PictureFormat format);
bool holds_alpha(PictureFormat format);
bool has_quality(PictureFormat format);  ///< JPEG and WebP
/// True when write_picture leaves an ICC profile out because it is for other channels than the
/// file's: one of gray where the format (WebP) makes three of it, or one of RGB on gray.
/// Formats that hold no profile (TIFF, BMP, PNM) leave out any.
bool profile_is_of_other_channels(const Picture& picture, PictureFormat format);

/// 1 (small) to 100, of JPEG and WebP; 100 makes a WebP lossless.
inline constexpr int kDefaultQuality = 95;

/// Writes an 8-bit or, where the format holds them, 16-bit picture atomically, gray as one channel
/// (but in a .ppm and in WebP, which have three, and in a TIFF with alpha); alpha is left out where
/// the format has none. ICC and EXIF go into PNG, JPEG and WebP. Throws StorageError, and DataError
/// for sides that the format cannot have (JPEG 65,535, WebP 16,383 pixels).
void write_picture(const std::filesystem::path& file, const Picture& picture, PictureFormat format,
                   int quality = kDefaultQuality);

}  // namespace sr
