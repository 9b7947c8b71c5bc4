#include "image/png_pixels.h"

#include <libdeflate.h>

#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/random.h"
#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/shared_data.h"

using sr::test::encode;
using sr::test::pattern;
using sr::test::png_chunk;
using sr::test::png_start;
using sr::test::same;

namespace {

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

cv::Mat decode(const std::string& png) {
  return sr::decode_common_png(bytes_of(png));
}

/// What libpng makes of it through OpenCV, as RGB.
cv::Mat by_libpng(const std::string& png) {
  const cv::Mat stored =
      cv::imdecode(std::vector<std::uint8_t>(png.begin(), png.end()), cv::IMREAD_UNCHANGED);
  cv::Mat rgb;
  cv::cvtColor(stored, rgb, stored.channels() == 4 ? cv::COLOR_BGRA2RGBA : cv::COLOR_BGR2RGB);
  return rgb;
}

std::string zlib_packed(const std::string& text) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(6), libdeflate_free_compressor);
  std::string packed(libdeflate_zlib_compress_bound(compressor.get(), text.size()), '\0');
  packed.resize(libdeflate_zlib_compress(compressor.get(), text.data(), text.size(), packed.data(),
                                         packed.size()));
  return packed;
}

/// Random pixels whose rows go through all filters in turn, in IDAT chunks of `piece` bytes.
std::string filtered_png(int width, int height, int channels, std::size_t piece = 1000) {
  std::string rows;
  for (int y = 0; y < height; ++y) {
    rows += static_cast<char>(y % 5);
    for (int i = 0; i < width * channels; ++i) {
      const auto place = static_cast<std::uint64_t>(y) * 10000 + static_cast<std::uint64_t>(i);
      rows += static_cast<char>(sr::hash(7, place, sr::Stream::kDegradation));
    }
  }
  const std::string packed = zlib_packed(rows);
  std::string png = png_start(static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height),
                              8, channels == 3 ? 2 : 6);
  for (std::size_t at = 0; at < packed.size(); at += piece) {
    png += png_chunk("IDAT", packed.substr(at, piece));
  }
  return png + png_chunk("IEND", "");
}

}  // namespace

TEST_CASE("the quick PNG decoder gives libpng's pixels", "[image]") {
  for (const int channels : {3, 4}) {
    for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 9), cv::Size(9, 1), cv::Size(33, 21)}) {
      const std::string png = filtered_png(size.width, size.height, channels);
      CHECK(same(decode(png), by_libpng(png)));
    }
  }
  CHECK(same(decode(encode(pattern(50, 30), ".png")), pattern(50, 30)));
  CHECK(same(decode(filtered_png(20, 20, 3, 1)), decode(filtered_png(20, 20, 3))));
}

TEST_CASE("other kinds of PNG are left to the general decoder", "[image]") {
  cv::Mat gray;
  cv::extractChannel(pattern(9, 7), gray, 0);
  cv::Mat deep;
  pattern(9, 7).convertTo(deep, CV_16U, 257.0);
  CHECK(decode(encode(gray, ".png")).empty());
  CHECK(decode(encode(deep, ".png")).empty());
  std::string interlaced = filtered_png(9, 7, 3);
  interlaced[28] = 1;
  CHECK(decode(interlaced).empty());
}

TEST_CASE("a damaged PNG is left to the general decoder to judge", "[image]") {
  const std::string png = filtered_png(30, 30, 3);
  REQUIRE_FALSE(decode(png).empty());
  CHECK(decode(png.substr(0, png.size() / 2)).empty());
  CHECK(decode(png.substr(0, png.size() - 12)).empty());
  CHECK(decode("").empty());
  std::string flipped = png;
  flipped[png.size() / 2] = static_cast<char>(flipped[png.size() / 2] ^ 4);
  CHECK(decode(flipped).empty());

  const auto of_rows = [](const std::string& rows) {
    return png_start(2, 2, 8, 2) + png_chunk("IDAT", zlib_packed(rows)) + png_chunk("IEND", "");
  };
  CHECK_FALSE(decode(of_rows(std::string(14, '\0'))).empty());
  CHECK(decode(of_rows(std::string(13, '\0'))).empty());
  CHECK(decode(of_rows(std::string(15, '\0'))).empty());
  CHECK(decode(of_rows('\5' + std::string(13, '\0'))).empty());
}

TEST_CASE("a header that promises more than its data can hold takes no memory", "[image]") {
  const std::string png = png_start(20000, 4000, 8, 2) + png_chunk("IDAT", zlib_packed("little")) +
                          png_chunk("IEND", "");
  CHECK(decode(png).empty());
}

TEST_CASE("real photographs decode to libpng's pixels", "[image]") {
  const auto folder = sr::test::shared_data("Set14/hr_x2");
  if (!folder) {
    SR_SKIP("no shared data");
  }
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const std::string png = sr::test::read_text(entry.path());
    const cv::Mat image = decode(png);
    if (!image.empty()) {
      ++compared;
      CHECK(same(image, by_libpng(png)));
    }
  }
  CHECK(compared >= 10);
}
