#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "core/error.h"
#include "image/header.h"
#include "image/picture.h"
#include "image/png_pixels.h"

namespace sr {
namespace {

// Unchanged, so that depth, orientation and alpha follow the rules here and not the decoder's
// habits (IMREAD_COLOR cuts 16 bits down to 8 and gives nothing at all for float TIFF).
cv::Mat decode_as_stored(const ByteSource& source, std::vector<std::uint8_t>& bytes) {
  cv::Mat image;
  try {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8U, bytes.data());
    image = cv::imdecode(buffer, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception& error) {
    source.fail(fmt::format("cannot be decoded: {}", error.err));
  }
  if (image.empty()) {
    source.fail("cannot be decoded: its pixel data is damaged or incomplete");
  }
  return image;
}

/// Gray, RGB or RGBA in this order.
cv::Mat in_rgb_order(const ByteSource& source, const cv::Mat& stored) {
  cv::Mat rgb;
  switch (stored.channels()) {
    case 1:
      return stored;
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

void clamp_finite(const ByteSource& source, cv::Mat& image) {
  for (int y = 0; y < image.rows; ++y) {
    float* row = image.ptr<float>(y);
    for (int i = 0; i < image.cols * image.channels(); ++i) {
      if (!std::isfinite(row[i])) {
        source.fail(
            fmt::format("its pixel x={} y={} is not a finite number", i / image.channels(), y));
      }
      row[i] = std::min(1.0F, std::max(0.0F, row[i]));
    }
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

/// Gray, RGB or RGBA, upright. May change the bytes.
cv::Mat decode_upright(const std::filesystem::path& file, EncodedImage& encoded) {
  auto& [bytes, header] = encoded;
  const MemorySource source(file.string(), bytes);
  if (header.unassociated_alpha) {
    constexpr std::uint8_t kAssociated = 1;
    bytes[*header.unassociated_alpha] = kAssociated;
  }
  cv::Mat image = header.info.format == "png" ? decode_common_png(bytes) : cv::Mat();
  if (image.empty()) {
    image = in_rgb_order(source, decode_as_stored(source, bytes));
  }
  if (image.depth() == CV_32F || image.depth() == CV_64F) {
    image.convertTo(image, CV_32F);
    clamp_finite(source, image);
  } else if (image.depth() != CV_8U && image.depth() != CV_16U) {
    source.fail("samples of this type are not supported");
  }
  image = turn_upright(image, header.orientation);
  if (image.cols != header.info.width || image.rows != header.info.height) {
    source.fail(fmt::format("damaged: its header says {} x {} pixels, it holds {} x {}",
                            header.info.width, header.info.height, image.cols, image.rows));
  }
  return image;
}

}  // namespace

cv::Mat decode_image(const std::filesystem::path& file) {
  EncodedImage encoded = read_encoded(file);
  return to_rgb(decode_upright(file, encoded));
}

Picture decode_picture(const std::filesystem::path& file) {
  constexpr int kInks = 4;
  EncodedImage encoded = read_encoded(file);
  const ImageInfo& info = encoded.header.info;
  Picture picture;
  picture.format = info.format;
  picture.gray = info.channels <= 2;
  picture.attachments = read_attachments(encoded.bytes, info.format);
  if (info.format == "jpeg" && info.channels == kInks) {
    picture.attachments.icc.clear();  // it describes inks, which are not kept
  }
  describe_upright(picture.attachments.exif, {info.width, info.height});
  const cv::Mat image = decode_upright(file, encoded);
  if (image.channels() == 4) {
    cv::extractChannel(image, picture.alpha, 3);
  }
  picture.color = to_rgb(image);
  return picture;
}

}  // namespace sr
