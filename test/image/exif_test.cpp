#include "encoded.h"
#include "image/header.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::exif_block;
using sr::test::jpeg_segment;
using sr::test::pattern;

namespace {

int orientation_of(const std::string& block) {
  const std::vector<std::uint8_t> bytes(block.begin(), block.end());
  sr::MemorySource source("x", bytes);
  return sr::exif_orientation(source, 0, bytes.size()).value_or(1);
}

// Where the pixel shown at (x, y) of a 5 x 3 stored image lies in it: the definition in EXIF 2.32,
// table for tag 0x0112.
cv::Point stored_place(int orientation, int x, int y) {
  switch (orientation) {
    case 2:
      return {4 - x, y};
    case 3:
      return {4 - x, 2 - y};
    case 4:
      return {x, 2 - y};
    case 5:
      return {y, x};
    case 6:
      return {y, 2 - x};
    case 7:
      return {4 - y, 2 - x};
    case 8:
      return {4 - y, x};
    default:
      return {x, y};
  }
}

void check_upright(const std::string& bytes, int orientation) {
  INFO("orientation " << orientation);
  const EncodedFile file(bytes);
  const bool turned = orientation >= 5;
  CHECK(file.probe().width == (turned ? 3 : 5));
  CHECK(file.probe().height == (turned ? 5 : 3));
  const cv::Mat shown = file.decode();
  REQUIRE(shown.size() == cv::Size(turned ? 3 : 5, turned ? 5 : 3));
  const cv::Mat stored = pattern(5, 3);
  for (int y = 0; y < shown.rows; ++y) {
    for (int x = 0; x < shown.cols; ++x) {
      CHECK(shown.at<cv::Vec3b>(y, x) == stored.at<cv::Vec3b>(stored_place(orientation, x, y)));
    }
  }
}

}  // namespace

TEST_CASE("the orientation is read in both byte orders", "[image]") {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CHECK(orientation_of(exif_block(orientation, true)) == orientation);
    CHECK(orientation_of(exif_block(orientation, false)) == orientation);
  }
  CHECK(orientation_of(std::string("Exif\0\0", 6) + exif_block(6)) == 6);
}

TEST_CASE("the orientation is read from a field of any integer type", "[image]") {
  for (const bool little : {true, false}) {
    for (const char type : {'\1', '\4', '\6', '\x08', '\x09'}) {
      std::string block = exif_block(6, little);
      const std::size_t entry = 10;  // behind the TIFF header and the number of entries
      block[entry + (little ? 2 : 3)] = type;
      const bool byte = type == '\1' || type == '\6';
      const bool whole = type == '\4' || type == '\x09';
      const std::size_t place = little || byte ? 0 : whole ? 3 : 1;
      block.replace(entry + 8, 4, 4, '\0');
      block[entry + 8 + place] = '\6';
      CHECK(orientation_of(block) == 6);
    }
    std::string text = exif_block(6, little);
    text[10 + (little ? 2 : 3)] = '\2';
    CHECK(orientation_of(text) == 1);
  }
}

TEST_CASE("of several EXIF blocks the first that names an orientation counts", "[image]") {
  const std::string start("Exif\0\0", 6);
  const std::string jpeg = encode(pattern(16, 8), ".jpg");
  const std::string turned = jpeg_segment(0xe1, start + exif_block(6));
  for (const std::string& front : {std::string(), start, start + exif_block(0)}) {
    const std::string segment = front.empty() ? "" : jpeg_segment(0xe1, front);
    const EncodedFile file(jpeg.substr(0, 2) + segment + turned +
                           jpeg_segment(0xe1, start + exif_block(3)) + jpeg.substr(2));
    CHECK(file.probe().width == 8);
    CHECK(file.decode().rows == 16);
  }
}

TEST_CASE("a damaged EXIF block counts as none", "[image]") {
  CHECK(orientation_of("") == 1);
  CHECK(orientation_of("IIxx") == 1);
  CHECK(orientation_of(exif_block(0)) == 1);
  CHECK(orientation_of(exif_block(9)) == 1);
  const std::string block = exif_block(6);
  for (std::size_t size = 0; size < 22; ++size) {
    CHECK(orientation_of(block.substr(0, size)) == 1);
  }
}

TEST_CASE("PNG TIFF and WebP are shown upright for every orientation", "[image]") {
  const std::string png = encode(pattern(5, 3), ".png");
  const std::string webp = encode(pattern(5, 3), ".webp", {64 /* WebP quality */, 101});
  const cv::Mat stored = pattern(5, 3);
  const std::string pixels(reinterpret_cast<const char*>(stored.data), stored.total() * 3);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const std::string block = exif_block(orientation);
    constexpr std::size_t kAfterIhdr = 8 + 25;
    check_upright(
        png.substr(0, kAfterIhdr) + sr::test::png_chunk("eXIf", block) + png.substr(kAfterIhdr),
        orientation);
    const std::string extended = "VP8X" + sr::test::le32(10) + std::string("\x08\0\0\0", 4) +
                                 std::string("\x04\0\0\x02\0\0", 6);
    const std::string chunks = "WEBP" + extended + webp.substr(12) + "EXIF" +
                               sr::test::le32(static_cast<std::uint32_t>(block.size())) + block;
    check_upright("RIFF" + sr::test::le32(static_cast<std::uint32_t>(chunks.size())) + chunks,
                  orientation);
    const auto value = static_cast<std::uint32_t>(orientation);
    check_upright(
        sr::test::tiff(
            5, 3,
            {{258, 3, {8, 8, 8}}, {259, 3, {1}}, {262, 3, {2}}, {274, 3, {value}}, {277, 3, {3}}},
            pixels),
        orientation);
  }
}

TEST_CASE("16-bit and float TIFF are turned upright as 8-bit TIFF is", "[image]") {
  for (std::uint32_t orientation = 1; orientation <= 8; ++orientation) {
    INFO("orientation " << orientation);
    const auto decoded = [&](int depth, std::uint32_t bits, std::uint32_t format, double factor) {
      cv::Mat stored;
      pattern(5, 3).convertTo(stored, depth, factor);
      const std::string pixels(reinterpret_cast<const char*>(stored.data),
                               stored.total() * stored.elemSize());
      const std::vector<sr::test::TiffField> fields = {
          {258, 3, {bits, bits, bits}}, {259, 3, {1}}, {262, 3, {2}},
          {274, 3, {orientation}},      {277, 3, {3}}, {339, 3, {format, format, format}}};
      cv::Mat image = EncodedFile(sr::test::tiff(5, 3, fields, pixels)).decode();
      CHECK(image.depth() == depth);
      image.convertTo(image, CV_8U, 1.0 / factor);
      return image;
    };
    const cv::Mat expected = decoded(CV_8U, 8, 1, 1.0);
    CHECK(sr::test::same(decoded(CV_16U, 16, 1, 257.0), expected));
    CHECK(sr::test::same(decoded(CV_32F, 32, 3, 1.0 / 255.0), expected));
  }
}

TEST_CASE("a JPEG with an orientation is shown upright", "[image]") {
  const cv::Mat stored(16, 32, CV_8UC3, cv::Scalar(0, 0, 0));
  stored.colRange(0, 8).setTo(cv::Scalar(255, 0, 0));  // red at the left edge
  const std::string jpeg = encode(stored, ".jpg");
  const std::string exif = jpeg_segment(0xe1, std::string("Exif\0\0", 6) + exif_block(6, false));
  const EncodedFile file(jpeg.substr(0, 2) + exif + jpeg.substr(2));
  CHECK(file.probe().width == 16);
  CHECK(file.probe().height == 32);
  const cv::Mat shown = file.decode();
  REQUIRE(shown.size() == cv::Size(16, 32));
  CHECK(shown.at<cv::Vec3b>(2, 8)[0] > 200);  // turned clockwise: now at the top
  CHECK(shown.at<cv::Vec3b>(29, 8)[0] < 50);
}
