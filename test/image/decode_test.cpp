#include <cstring>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "encoded.h"
#include "image/picture.h"
#include "support/address_space_limit.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::pattern;
using sr::test::png_chunk;
using sr::test::same;

namespace {

std::string float_tiff(const std::vector<float>& values) {
  std::string pixels(values.size() * sizeof(float), '\0');
  std::memcpy(pixels.data(), values.data(), pixels.size());
  return sr::test::tiff(
      static_cast<int>(values.size()) / 3, 1,
      {{258, 3, {32, 32, 32}}, {259, 3, {1}}, {262, 3, {2}}, {277, 3, {3}}, {339, 3, {3, 3, 3}}},
      pixels);
}

}  // namespace

TEST_CASE("colour comes in the order red green blue", "[image]") {
  const cv::Mat red(2, 2, CV_8UC3, cv::Scalar(200, 100, 50));
  CHECK(EncodedFile(encode(red, ".png")).decode().at<cv::Vec3b>(0, 0) == cv::Vec3b(200, 100, 50));
}

TEST_CASE("gray is replicated to three channels", "[image]") {
  cv::Mat gray;
  cv::extractChannel(pattern(9, 7), gray, 0);
  cv::Mat expected;
  cv::merge(std::vector<cv::Mat>{gray, gray, gray}, expected);
  CHECK(same(EncodedFile(encode(gray, ".png")).decode(), expected));
  CHECK(same(EncodedFile(encode(gray, ".tiff")).decode(), expected));
}

TEST_CASE("alpha is dropped and the colour under it kept", "[image]") {
  const cv::Mat alpha(7, 9, CV_8UC1, cv::Scalar(0));
  alpha.colRange(0, 4).setTo(128);
  cv::Mat rgba;
  cv::merge(std::vector<cv::Mat>{pattern(9, 7), alpha}, rgba);
  CHECK(EncodedFile(encode(rgba, ".png")).probe().channels == 4);
  CHECK(same(EncodedFile(encode(rgba, ".png")).decode(), pattern(9, 7)));
}

TEST_CASE("a palette is expanded to its colours", "[image]") {
  // One stored (not compressed) deflate block with the rows "filter 0, indices 1 0" and "filter 0,
  // indices 0 1".
  const std::string rows{0, 1, 0, 0, 0, 1};
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : rows) {  // Adler-32
    a += static_cast<std::uint8_t>(c);
    b += a;
  }
  const std::string deflated = std::string("\x78\x01\x01", 3) + sr::test::le16(6) +
                               sr::test::le16(0xffff - 6) + rows + sr::test::be16(b) +
                               sr::test::be16(a);
  const std::string palette{10, 20, 30, 40, 50, 60};
  const cv::Mat image = EncodedFile(sr::test::png_start(2, 2, 8, 3) + png_chunk("PLTE", palette) +
                                    png_chunk("IDAT", deflated) + png_chunk("IEND", ""))
                            .decode();
  CHECK(image.at<cv::Vec3b>(0, 0) == cv::Vec3b(40, 50, 60));
  CHECK(image.at<cv::Vec3b>(0, 1) == cv::Vec3b(10, 20, 30));
  CHECK(image.at<cv::Vec3b>(1, 1) == cv::Vec3b(40, 50, 60));
}

TEST_CASE("16 bits keep their precision", "[image]") {
  cv::Mat deep;
  pattern(9, 7).convertTo(deep, CV_16U, 257.0, 3.0);
  CHECK(same(EncodedFile(encode(deep, ".png")).decode(), deep));
  CHECK(same(EncodedFile(encode(deep, ".tiff")).decode(), deep));
  CHECK(EncodedFile(encode(deep, ".png")).probe().bits == 16);
}

TEST_CASE("float images are clamped to the unit range", "[image]") {
  const EncodedFile file(
      float_tiff({0.25F, -3.0F, 1.0F, 7.5F, 0.0F, 0.5F, 0.5F, 0.5F, 0.5F, 1.09F, -0.09F, 0.5F}));
  CHECK(file.probe().bits == 32);
  const cv::Mat image = file.decode();
  REQUIRE(image.type() == CV_32FC3);
  CHECK(image.at<cv::Vec3f>(0, 0) == cv::Vec3f(0.25F, 0.0F, 1.0F));
  CHECK(image.at<cv::Vec3f>(0, 1) == cv::Vec3f(1.0F, 0.0F, 0.5F));
}

TEST_CASE("a float image that is scaled to another range is refused", "[image]") {
  const EncodedFile to_255(float_tiff({25.0F, 0.0F, 255.0F, 7.5F, 0.0F, 0.0F}));
  CHECK(to_255.decode_refusal() ==
        "50 % of its samples lie outside of 0 to 1, the range of float images");
  const EncodedFile around_0(float_tiff({0.5F, -0.5F, 1.0F, -1.0F, 0.0F, 0.5F}));
  CHECK(around_0.decode_refusal().starts_with("33 % of its samples"));
}

TEST_CASE("a float image that is not finite is refused with the place", "[image]") {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    const EncodedFile file(float_tiff({0.25F, 0.5F, 1.0F, 0.0F, bad, 0.5F}));
    CHECK(file.probe_refusal().empty());
    CHECK(file.decode_refusal() == "its pixel x=1 y=0 is not a finite number");
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose heaps refuse nothing
TEST_CASE("a file that memory cannot hold is named", "[image]") {
  const EncodedFile file("");
  std::filesystem::resize_file(file.path(), std::uintmax_t{1} << 30);
  const std::string expected = file.path().string() + ": not enough memory to decode it";
  const sr::test::AddressSpaceLimit limit(rlim_t{256} << 20);
  CHECK(sr::test::refusal([&] { sr::decode_image(file.path()); }) == expected);
  CHECK(sr::test::refusal([&] { sr::decode_picture(file.path()); }) == expected);
}
#endif
