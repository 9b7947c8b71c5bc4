#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "image/byte_source.h"
#include "image/image.h"

// The header readers behind probe_image and decode_image, one file per format. Each refuses, by
// name, what cannot be decoded faithfully and, where that is cheap, files whose end is missing.

namespace sr {

/// The largest image that is accepted: 2^30 pixels (3 GiB as 8-bit RGB) and 2^20 pixels a side.
inline constexpr std::int64_t kMaxPixels = std::int64_t{1} << 30;
inline constexpr std::int64_t kMaxSide = std::int64_t{1} << 20;

struct ImageHeader {
  ImageInfo info;       ///< sides as displayed
  int orientation = 1;  ///< EXIF 1..8 that is still to be applied to the decoded pixels
};

/// The format that the first bytes belong to ("png", "jpeg", ...), empty for none.
std::string_view sniff_format(ByteSource& source);

/// Reads and checks the header of any supported format.
ImageHeader read_header(ByteSource& source);

ImageHeader read_png_header(ByteSource& source);
ImageHeader read_jpeg_header(ByteSource& source);
ImageHeader read_webp_header(ByteSource& source);
ImageHeader read_tiff_header(ByteSource& source);
ImageHeader read_bmp_header(ByteSource& source);
ImageHeader read_pnm_header(ByteSource& source);

/// What a TIFF may be besides a picture.
enum class TiffKind : char {
  kPicture,
  kRaw,           ///< a camera's RAW file: its first image is a preview, or sensor data
  kReducedFirst,  ///< begins with a reduced copy of its picture, or a mask
};
/// Costs a few small reads; a damaged TIFF is a picture, for the checks of its header to name.
TiffKind tiff_kind(ByteSource& source);

/// What foreign_profile says of the ICC profile in this range.
std::string color_profile_in(ByteSource& source, std::uint64_t offset, std::uint64_t size);

/// Sets the sides; zero or too large ones fail.
void set_sides(const ByteSource& source, std::int64_t width, std::int64_t height, ImageInfo& info);

/// Stores the orientation and turns the sides into the displayed ones.
void set_orientation(int orientation, ImageHeader& header);

/// The orientation (1..8) in the EXIF block of this range; nothing when it names none or is
/// damaged, which never makes an image unusable.
std::optional<int> exif_orientation(ByteSource& source, std::uint64_t offset, std::uint64_t size);

/// True when the EXIF block says that the colours are Adobe RGB, as cameras do without a profile
/// (interoperability index R03, DCF 2.0).
bool exif_is_adobe_rgb(ByteSource& source, std::uint64_t offset, std::uint64_t size);

}  // namespace sr
