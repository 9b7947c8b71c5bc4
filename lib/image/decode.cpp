#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <new>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "image/bmp_layout.h"
#include "image/decode_bytes.h"
#include "image/decode_part.h"
#include "image/header.h"
#include "image/jpeg_pixels.h"
#include "image/picture.h"
#include "image/png_general.h"
#include "image/png_pixels.h"
#include "image/pnm_layout.h"
#include "image/tiff_pixels.h"

namespace sr {
namespace {

// Unchanged, so that alpha follows the rules here and not the decoder's habits.
cv::Mat decode_webp(const ByteSource& source, std::span<const std::uint8_t> bytes) {
  cv::Mat image;
  try {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8U,
                         const_cast<std::uint8_t*>(bytes.data()));  // only read
    image = cv::imdecode(buffer, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception& error) {
    source.fail(fmt::format("cannot be decoded: {}", error.err));
  }
  if (image.empty()) {
    source.fail("cannot be decoded: its pixel data is damaged or incomplete");
  }
  return image;
}

/// RGB or RGBA in this order.
cv::Mat in_rgb_order(const ByteSource& source, const cv::Mat& stored) {
  cv::Mat rgb;
  switch (stored.channels()) {
    case 3:
      cv::cvtColor(stored, rgb, cv::COLOR_BGR2RGB);
      return rgb;
    case 4:
      cv::cvtColor(stored, rgb, cv::COLOR_BGRA2RGBA);
      return rgb;
    default:
      source.fail(fmt::format("decoded to {} channels", stored.channels()));
  }
}

/// Colour is kept as stored under any alpha: it is dropped, not blended.
cv::Mat to_rgb(const cv::Mat& image) {
  cv::Mat rgb;
  switch (image.channels()) {
    case 1:
      cv::cvtColor(image, rgb, cv::COLOR_GRAY2RGB);
      return rgb;
    case 4:
      cv::cvtColor(image, rgb, cv::COLOR_RGBA2RGB);
      return rgb;
    default:
      return image;
  }
}

/// Gray, RGB or RGBA as stored, of any depth, not turned.
cv::Mat decode_pixels(MemorySource& source, std::span<const std::uint8_t> bytes,
                      std::string_view format) {
  if (format == "png") {
    const cv::Mat image = decode_common_png(bytes);
    return image.empty() ? decode_any_png(source, bytes) : image;
  }
  if (format == "jpeg") {
    return decode_jpeg(source, bytes);
  }
  if (format == "tiff") {
    return decode_tiff(source, bytes, most_decode_bytes());
  }
  if (format == "bmp") {
    return decode_bmp(source);
  }
  return format == "pnm" ? decode_pnm(source) : in_rgb_order(source, decode_webp(source, bytes));
}

/// To 0 to 1. Ringing and highlights go beyond that and are cut; an image whose values are scaled
/// otherwise (0 to 255, -1 to 1) would come out white or half black, and is refused.
void clamp_finite(const ByteSource& source, cv::Mat& image) {
  constexpr float kRinging = 0.1F;
  constexpr std::int64_t kMostOutside = 4;  // one in so many
  std::int64_t outside = 0;
  for (int y = 0; y < image.rows; ++y) {
    float* row = image.ptr<float>(y);
    for (int i = 0; i < image.cols * image.channels(); ++i) {
      if (!std::isfinite(row[i])) {
        source.fail(
            fmt::format("its pixel x={} y={} is not a finite number", i / image.channels(), y));
      }
      outside += row[i] < -kRinging || row[i] > 1 + kRinging ? 1 : 0;
      row[i] = std::min(1.0F, std::max(0.0F, row[i]));
    }
  }
  const auto samples = static_cast<std::int64_t>(image.total()) * image.channels();
  if (outside > samples / kMostOutside) {
    source.fail(fmt::format("{} % of its samples lie outside of 0 to 1, the range of float images",
                            100 * outside / samples));
  }
}

// EXIF 2.32 section 4.6.4: which way the stored first row and column point.
cv::Mat turn_upright(const cv::Mat& image, int orientation) {
  cv::Mat turned = image;
  if (orientation >= 5) {
    cv::transpose(image, turned);
  }
  const bool mirror_x =
      orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool mirror_y =
      orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  if (mirror_x || mirror_y) {
    const int axes = mirror_x && mirror_y ? -1 : mirror_x ? 1 : 0;
    cv::Mat flipped;
    cv::flip(turned, flipped, axes);
    return flipped;
  }
  return turned;
}

/// A whole file: its bytes and what its header says.
struct EncodedImage {
  std::vector<std::uint8_t> bytes;
  ImageHeader header;
};

EncodedImage read_encoded(const std::filesystem::path& file) {
  FileSource on_disk(file);
  if (on_disk.size() > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
    on_disk.fail("files of 2 GiB and more are not supported");
  }
  EncodedImage encoded{on_disk.read_all(), {}};
  MemorySource source(file.string(), encoded.bytes);
  encoded.header = read_header(source);
  return encoded;
}

void check_sides(const ByteSource& source, const ImageInfo& info, cv::Size decoded) {
  if (decoded != cv::Size(info.width, info.height)) {
    source.fail(fmt::format("damaged: its header says {} x {} pixels, it holds {} x {}", info.width,
                            info.height, decoded.width, decoded.height));
  }
}

/// Gray, RGB or RGBA, upright.
cv::Mat decode_upright(const std::string& name, std::span<const std::uint8_t> bytes,
                       const ImageHeader& header) {
  MemorySource source(name, bytes);
  check_decode_memory(source, header.info, most_decode_bytes());
  cv::Mat image = decode_pixels(source, bytes, header.info.format);
  if (image.depth() == CV_32F || image.depth() == CV_64F) {
    image.convertTo(image, CV_32F);
    clamp_finite(source, image);
  } else if (image.depth() != CV_8U && image.depth() != CV_16U) {
    source.fail("samples of this type are not supported");
  }
  image = turn_upright(image, header.orientation);
  check_sides(source, header.info, image.size());
  return image;
}

/// What is saved with more of the image is not worth the decoding again when more is needed.
bool is_small_part(const cv::Rect& wanted, const ImageInfo& info) {
  constexpr std::int64_t kLeastRatio = 4;
  const auto area = [](std::int64_t width, std::int64_t height) { return width * height; };
  return kLeastRatio * area(wanted.width, wanted.height) <= area(info.width, info.height);
}

/// Gives what the libraries throw the name of the file.
template <typename Decode>
auto with_name(const std::filesystem::path& file, Decode decode) {
  try {
    return decode();
  } catch (const std::bad_alloc&) {
    throw DataError(file.string() + ": not enough memory to decode it");
  } catch (const cv::Exception& error) {
    throw DataError(file.string() + ": " +
                    (error.code == cv::Error::StsNoMem ? "not enough memory to decode it"
                                                       : "cannot be decoded: " + error.err));
  }
}

Picture picture_of(const EncodedImage& encoded, const std::string& name) {
  constexpr int kInks = 4;
  const ImageInfo& info = encoded.header.info;
  Picture picture;
  picture.format = info.format;
  picture.gray = info.gray();
  picture.attachments = read_attachments(encoded.bytes, info.format);
  if (info.format == "jpeg" && info.channels == kInks) {
    picture.attachments.icc.clear();  // it describes inks, which are not kept
  }
  describe_upright(picture.attachments.exif, {info.width, info.height});
  const cv::Mat image = decode_upright(name, encoded.bytes, encoded.header);
  if (image.channels() == 4) {
    cv::extractChannel(image, picture.alpha, 3);
  }
  picture.color = to_rgb(image);
  return picture;
}

}  // namespace

cv::Mat decode_bytes(const std::string& name, std::span<const std::uint8_t> bytes) {
  MemorySource source(name, bytes);
  const ImageHeader header = read_header(source);
  return to_rgb(decode_upright(name, bytes, header));
}

cv::Mat decode_image(const std::filesystem::path& file) {
  return with_name(file, [&] {
    const EncodedImage encoded = read_encoded(file);
    return to_rgb(decode_upright(file.string(), encoded.bytes, encoded.header));
  });
}

ImagePart decode_image_part(const std::filesystem::path& file, const cv::Rect& wanted,
                            CodesBehind behind) {
  return with_name(file, [&]() -> ImagePart {
    const EncodedImage encoded = read_encoded(file);
    const ImageInfo& info = encoded.header.info;
    const bool upright = encoded.header.orientation == 1;
    if (info.format != "jpeg" || !upright || !is_small_part(wanted, info)) {
      return to_rgb(decode_upright(file.string(), encoded.bytes, encoded.header));
    }
    MemorySource source(file.string(), encoded.bytes);
    check_decode_memory(source, info, most_decode_bytes());
    ImagePart part = decode_jpeg_part(source, encoded.bytes, wanted, behind);
    check_sides(source, info, part.size());
    return part;
  });
}

Picture decode_picture(const std::filesystem::path& file) {
  return with_name(file, [&] { return picture_of(read_encoded(file), file.string()); });
}

}  // namespace sr
