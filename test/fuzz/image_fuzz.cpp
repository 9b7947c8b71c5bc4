// Changed images of every format for the header readers and decoders; they may only decode or
// refuse them. Larger ones than a few megapixels are not decoded: they only take time.
//   fuzz_image --seconds 600 [sample...]

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/error.h"
#include "fuzz/driver.h"
#include "image/decode_bytes.h"
#include "image/header.h"
#include "image/other_formats.h"
#include "support/pattern.h"

namespace sr::test {
namespace {

constexpr std::array<std::string_view, 8> kWords = {"IHDR", "IDAT", "IEND",        "eXIf",
                                                    "iCCP", "Exif", "ICC_PROFILE", "VP8X"};

}  // namespace

bool try_input(const std::string& bytes) {
  constexpr std::int64_t kMostPixels = 1 << 22;
  const std::span data(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  try {
    MemorySource source("x", data);
    sniff_other_format(source);
    tiff_kind(source);
    const ImageHeader header = read_header(source);
    if (std::int64_t{header.info.width} * header.info.height <= kMostPixels) {
      decode_bytes("x", data);
    }
    return true;
  } catch (const DataError&) {
    return false;
  }
}

std::vector<std::string> built_in_samples() {
  std::vector<std::string> samples;
  const cv::Mat image = pattern(40, 30);
  cv::Mat deep, gray;
  image.convertTo(deep, CV_16U, 257);
  cv::extractChannel(image, gray, 0);
  const auto add = [&](const char* extension, const cv::Mat& what,
                       const std::vector<int>& parameters = {}) {
    std::vector<std::uint8_t> bytes;
    cv::imencode(extension, what, bytes, parameters);
    samples.emplace_back(bytes.begin(), bytes.end());
  };
  for (const char* extension : {".png", ".jpg", ".webp", ".tiff", ".bmp", ".ppm"}) {
    add(extension, image);
  }
  add(".png", deep);
  add(".png", gray, {cv::IMWRITE_PNG_BILEVEL, 1});
  add(".jpg", image, {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  add(".jpg", image, {cv::IMWRITE_JPEG_RST_INTERVAL, 2});
  add(".jpg", gray);
  add(".tiff", deep, {cv::IMWRITE_TIFF_COMPRESSION, 1});
  add(".tiff", image, {cv::IMWRITE_TIFF_COMPRESSION, 8});
  add(".tiff", gray, {cv::IMWRITE_TIFF_COMPRESSION, 32773});
  add(".bmp", gray);
  add(".pgm", gray);
  return samples;
}

std::span<const std::string_view> words_of_inputs() {
  return kWords;
}

}  // namespace sr::test
