#include "image/attachments.h"

#include <array>

#include "encoded.h"
#include "image/picture.h"
#include "support/catch.h"
#include "support/pattern.h"

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

Bytes profile(std::size_t size) {
  Bytes icc(size);
  for (std::size_t i = 0; i < size; ++i) {
    icc[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  }
  return icc;
}

/// IFD0 with an orientation and a pointer to an EXIF directory with both pixel dimensions.
std::string full_exif(int orientation, bool little) {
  const auto u16 = little ? sr::test::le16 : sr::test::be16;
  const auto u32 = little ? sr::test::le32 : sr::test::be32;
  const auto entry = [&](std::uint32_t tag, std::uint32_t type, const std::string& value) {
    return u16(tag) + u16(type) + u32(1) + value;
  };
  const std::string start = (little ? "II" : "MM") + u16(42) + u32(8);
  return start + u16(2) + entry(0x0112, 3, u16(static_cast<std::uint32_t>(orientation)) + u16(0)) +
         entry(0x8769, 4, u32(38)) + u32(0) + u16(2) + entry(0xa002, 4, u32(640)) +
         entry(0xa003, 3, u16(480) + u16(0)) + u32(0);
}

}  // namespace

TEST_CASE("ICC and EXIF come back out of the formats that hold them", "[image]") {
  const auto [extension, format] = GENERATE(std::pair<std::string, std::string>{".png", "png"},
                                            std::pair<std::string, std::string>{".jpg", "jpeg"},
                                            std::pair<std::string, std::string>{".webp", "webp"});
  // A profile of one JPEG segment, and one that takes three.
  const std::size_t size = GENERATE(3145U, 140001U);
  const sr::Attachments attachments{profile(size), bytes_of(full_exif(1, true))};
  const std::string plain = sr::test::encode(sr::test::pattern(13, 9), extension);
  const Bytes with = sr::with_attachments(bytes_of(plain), format, attachments, {13, 9});
  const sr::Attachments back = sr::read_attachments(with, format);
  CHECK(back.icc == attachments.icc);
  CHECK(back.exif == attachments.exif);
  // The pixels are the same, and the file still passes the checks of a header.
  const sr::test::EncodedFile before(plain, "plain" + extension);
  const sr::test::EncodedFile after(std::string(with.begin(), with.end()), "with" + extension);
  CHECK(sr::test::same(after.decode(), before.decode()));
  CHECK(after.probe().channels == 3);
}

TEST_CASE("a file without attachments stays as it is", "[image]") {
  const Bytes png = bytes_of(sr::test::encode(sr::test::pattern(3, 2), ".png"));
  CHECK(sr::with_attachments(png, "png", {}, {3, 2}) == png);
  CHECK(sr::read_attachments(png, "png").icc.empty());
}

TEST_CASE("an EXIF block that a JPEG segment cannot hold is left out", "[image]") {
  const Bytes jpeg = bytes_of(sr::test::encode(sr::test::pattern(16, 8), ".jpg"));
  Bytes exif = bytes_of(full_exif(1, false));
  exif.resize(65527, 0);
  CHECK(
      sr::read_attachments(sr::with_attachments(jpeg, "jpeg", {{}, exif}, {16, 8}), "jpeg").exif ==
      exif);
  exif.push_back(0);
  CHECK(sr::with_attachments(jpeg, "jpeg", {{}, exif}, {16, 8}) == jpeg);
}

TEST_CASE("alpha of a lossless WebP is still declared beside a profile", "[image]") {
  cv::Mat rgba(4, 5, CV_8UC4, cv::Scalar(10, 20, 30, 40));
  const Bytes webp = bytes_of(sr::test::encode(rgba, ".webp", {64, 101}));
  const Bytes with = sr::with_attachments(webp, "webp", {profile(100), {}}, {5, 4});
  const sr::test::EncodedFile file(std::string(with.begin(), with.end()), "x.webp");
  const sr::Picture picture = sr::decode_picture(file.path());
  REQUIRE(!picture.alpha.empty());
  CHECK(picture.alpha.at<std::uint8_t>(3, 4) == 40);
  CHECK(picture.color.at<cv::Vec3b>(3, 4) == cv::Vec3b(10, 20, 30));
  CHECK(picture.attachments.icc == profile(100));
}

TEST_CASE("EXIF of upright pixels says 1 and the new sides", "[image]") {
  const bool little = GENERATE(true, false);
  Bytes exif = bytes_of(full_exif(6, little));
  sr::describe_upright(exif, {960, 1280});
  Bytes expected = bytes_of(full_exif(1, little));
  const auto put = [&](std::size_t at, const std::string& text) {
    std::copy(text.begin(), text.end(), expected.begin() + static_cast<std::ptrdiff_t>(at));
  };
  put(48, little ? sr::test::le32(960) : sr::test::be32(960));
  put(60, little ? sr::test::le16(1280) : sr::test::be16(1280));
  CHECK(exif == expected);
}

TEST_CASE("damaged EXIF and damaged chunks harm nothing", "[image]") {
  for (const std::string& text :
       {std::string(), std::string("II"), std::string("II*\0\xff\xff\xff\xff", 8),
        full_exif(6, true).substr(0, 30), full_exif(6, false).substr(0, 50)}) {
    Bytes exif = bytes_of(text);
    sr::describe_upright(exif, {2, 2});
    CHECK(exif.size() == text.size());
  }
  const Bytes png = bytes_of(sr::test::png_start(1, 1, 8, 2) +
                             sr::test::png_chunk("iCCP", std::string("name\0\0nonsense", 14)));
  CHECK(sr::read_attachments(png, "png").icc.empty());
  const Bytes jpeg = bytes_of("\xff\xd8" + sr::test::jpeg_segment(0xe2, "ICC_PROFILE"));
  CHECK(sr::read_attachments(jpeg, "jpeg").icc.empty());
  const Bytes webp = bytes_of("RIFF" + sr::test::le32(100) + "WEBPICCP" + sr::test::le32(90));
  CHECK(sr::read_attachments(webp, "webp").icc.empty());
}
