#include "image/picture.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

namespace {

sr::Picture decode(const std::string& bytes) {
  return sr::decode_picture(sr::test::EncodedFile(bytes).path());
}

/// Writes the picture and reads it back.
sr::Picture round_trip(const sr::Picture& picture, sr::PictureFormat format) {
  const sr::test::TempFolder folder;
  const auto file = folder / ("x" + std::string(sr::extension_of(format)));
  sr::write_picture(file, picture, format, 100);
  return sr::decode_picture(file);
}

sr::Picture some_picture(int depth) {
  sr::Picture picture;
  sr::test::pattern(7, 5).convertTo(picture.color, depth, depth == CV_16U ? 257 : 1);
  return picture;
}

}  // namespace

TEST_CASE("alpha of every kind of PNG is kept beside the stored colour", "[image]") {
  cv::Mat rgba(1, 2, CV_8UC4);
  rgba.at<cv::Vec4b>(0, 0) = {10, 20, 30, 0};
  rgba.at<cv::Vec4b>(0, 1) = {40, 50, 60, 200};
  const sr::Picture picture = decode(sr::test::encode(rgba, ".png"));
  CHECK(picture.format == "png");
  CHECK_FALSE(picture.gray);
  CHECK(picture.color.at<cv::Vec3b>(0, 0) == cv::Vec3b(10, 20, 30));
  CHECK(picture.color.at<cv::Vec3b>(0, 1) == cv::Vec3b(40, 50, 60));
  CHECK(picture.alpha.at<std::uint8_t>(0, 0) == 0);
  CHECK(picture.alpha.at<std::uint8_t>(0, 1) == 200);

  cv::Mat deep(1, 1, CV_16UC4, cv::Scalar(1000, 2000, 3000, 4000));
  const sr::Picture deep_picture = decode(sr::test::encode(deep, ".png"));
  CHECK(deep_picture.color.at<cv::Vec3w>(0, 0) == cv::Vec3w(1000, 2000, 3000));
  CHECK(deep_picture.alpha.at<std::uint16_t>(0, 0) == 4000);
}

TEST_CASE("a palette is expanded, its transparency becomes alpha", "[image]") {
  // Two pixels of 8-bit indices 1 and 0; palette red, green; entry 0 is transparent. Stored deflate
  // block: filter 0, index 1, index 0.
  const std::string pixels("\x78\x01\x01\x03\x00\xfc\xff\x00\x01\x00\x00\x05\x00\x02", 14);
  const std::string start = sr::test::png_start(2, 1, 8, 3) +
                            sr::test::png_chunk("PLTE", std::string("\xff\0\0\0\xff\0", 6));
  const std::string end = sr::test::png_chunk("IDAT", pixels) + sr::test::png_chunk("IEND", "");
  const sr::Picture opaque = decode(start + end);
  CHECK(opaque.color.at<cv::Vec3b>(0, 0) == cv::Vec3b(0, 255, 0));
  CHECK(opaque.color.at<cv::Vec3b>(0, 1) == cv::Vec3b(255, 0, 0));
  CHECK(opaque.alpha.empty());
  CHECK_FALSE(opaque.gray);
  const sr::Picture cut_out =
      decode(start + sr::test::png_chunk("tRNS", std::string(1, '\0')) + end);
  REQUIRE(!cut_out.alpha.empty());
  CHECK(cut_out.alpha.at<std::uint8_t>(0, 0) == 255);
  CHECK(cut_out.alpha.at<std::uint8_t>(0, 1) == 0);
}

TEST_CASE("a colour that a PNG declares transparent stays opaque in every kind", "[image]") {
  cv::Mat deep;
  sr::test::pattern(5, 4).convertTo(deep, CV_16U, 257);
  cv::Mat gray;
  cv::extractChannel(sr::test::pattern(5, 4), gray, 0);
  constexpr std::size_t kAfterHeader = 33;
  for (const cv::Mat& pixels : {sr::test::pattern(5, 4), deep, gray}) {
    INFO(pixels.type());
    const std::string png = sr::test::encode(pixels, ".png");
    std::string key;  // the colour of the first pixel
    for (int i = 0; i < pixels.channels(); ++i) {
      key += sr::test::be16(pixels.depth() == CV_16U ? pixels.ptr<std::uint16_t>()[i]
                                                     : std::uint32_t{pixels.ptr()[i]});
    }
    const sr::Picture picture = decode(png.substr(0, kAfterHeader) +
                                       sr::test::png_chunk("tRNS", key) + png.substr(kAfterHeader));
    CHECK(picture.alpha.empty());
    CHECK(sr::test::same(picture.color, decode(png).color));
  }
}

TEST_CASE("gray is replicated and remembered", "[image]") {
  const sr::Picture picture = decode(sr::test::encode(cv::Mat(2, 3, CV_8UC1, 77), ".png"));
  CHECK(picture.gray);
  CHECK(picture.color.at<cv::Vec3b>(1, 2) == cv::Vec3b(77, 77, 77));
  sr::Picture deep;
  deep.gray = true;
  deep.color = cv::Mat(2, 3, CV_16UC3, cv::Scalar::all(12345));
  const sr::Picture back = round_trip(deep, sr::PictureFormat::kPng);
  CHECK(back.gray);
  CHECK(sr::test::same(back.color, deep.color));
}

TEST_CASE("every format gives back the pixels that it was given", "[image]") {
  const auto format =
      GENERATE(sr::PictureFormat::kPng, sr::PictureFormat::kWebp, sr::PictureFormat::kTiff,
               sr::PictureFormat::kBmp, sr::PictureFormat::kPnm);
  const int depth = GENERATE(CV_8U, CV_16U);
  if (depth == CV_16U && !sr::holds_16_bits(format)) {
    CHECK_THROWS_AS(round_trip(some_picture(depth), format), std::invalid_argument);
    return;
  }
  const sr::Picture picture = some_picture(depth);
  CHECK(sr::test::same(round_trip(picture, format).color, picture.color));
}

TEST_CASE("a gray PNM is what its name says", "[image]") {
  const sr::test::TempFolder folder;
  sr::Picture picture;
  picture.gray = true;
  const int depth = GENERATE(CV_8U, CV_16U);
  picture.color = cv::Mat(2, 3, CV_MAKETYPE(depth, 3), cv::Scalar::all(200));
  for (const auto& [name, magic] : {std::pair("x.pgm", "P5"), std::pair("x.pnm", "P5"),
                                    std::pair("x.PPM", "P6"), std::pair("x", "P5")}) {
    INFO(name);
    sr::write_picture(folder / name, picture, sr::PictureFormat::kPnm);
    CHECK(sr::test::read_text(folder / name).starts_with(magic));
    CHECK(sr::test::same(sr::decode_picture(folder / name).color, picture.color));
  }
}

TEST_CASE("alpha is written where the format holds it and left out elsewhere", "[image]") {
  sr::Picture picture = some_picture(CV_8U);
  picture.alpha = cv::Mat(5, 7, CV_8UC1, 90);
  for (const auto format :
       {sr::PictureFormat::kPng, sr::PictureFormat::kWebp, sr::PictureFormat::kTiff}) {
    CAPTURE(sr::extension_of(format));
    const sr::Picture back = round_trip(picture, format);
    REQUIRE(!back.alpha.empty());
    CHECK(sr::test::same(back.alpha, picture.alpha));
    CHECK(sr::test::same(back.color, picture.color));
  }
  CHECK(round_trip(picture, sr::PictureFormat::kJpeg).alpha.empty());
  CHECK(round_trip(picture, sr::PictureFormat::kBmp).alpha.empty());
}

TEST_CASE("gray with alpha stays gray in a PNG", "[image]") {
  const int depth = GENERATE(CV_8U, CV_16U);
  sr::Picture picture = some_picture(depth);
  picture.gray = true;
  cv::extractChannel(picture.color, picture.alpha, 1);
  cv::Mat gray;
  cv::extractChannel(picture.color, gray, 0);
  cv::cvtColor(gray, picture.color, cv::COLOR_GRAY2RGB);
  const bool is_tiff = GENERATE(false, true);
  const sr::Picture back =
      round_trip(picture, is_tiff ? sr::PictureFormat::kTiff : sr::PictureFormat::kPng);
  CHECK(back.gray == !is_tiff);  // which OpenCV writes as RGB
  CHECK(sr::test::same(back.color, picture.color));
  CHECK(sr::test::same(back.alpha, picture.alpha));
}

TEST_CASE("a profile goes only into a file of the channels that it is for", "[image]") {
  const auto profile_of = [](const char* space) {
    std::string icc(200, '\7');
    icc.replace(16, 4, space);
    return std::vector<std::uint8_t>(icc.begin(), icc.end());
  };
  sr::Picture gray;
  gray.gray = true;
  gray.color = cv::Mat(5, 7, CV_8UC3, cv::Scalar::all(90));
  sr::Picture with_alpha = gray;
  with_alpha.alpha = cv::Mat(5, 7, CV_8UC1, 90);
  const auto kept = [&](sr::Picture picture, const char* space, sr::PictureFormat format) {
    picture.attachments.icc = profile_of(space);
    const bool keeps = !sr::profile_is_of_other_channels(picture, format);
    CHECK(round_trip(picture, format).attachments.icc ==
          (keeps ? picture.attachments.icc : std::vector<std::uint8_t>()));
    return keeps;
  };
  CHECK(kept(gray, "GRAY", sr::PictureFormat::kPng));
  CHECK(kept(gray, "GRAY", sr::PictureFormat::kJpeg));
  CHECK_FALSE(kept(gray, "GRAY", sr::PictureFormat::kWebp));
  CHECK_FALSE(kept(gray, "RGB ", sr::PictureFormat::kPng));
  CHECK(kept(gray, "RGB ", sr::PictureFormat::kWebp));
  CHECK(kept(with_alpha, "GRAY", sr::PictureFormat::kPng));
  CHECK_FALSE(kept(with_alpha, "RGB ", sr::PictureFormat::kPng));
  CHECK_FALSE(kept(with_alpha, "GRAY", sr::PictureFormat::kWebp));
  CHECK(kept(with_alpha, "GRAY", sr::PictureFormat::kJpeg));  // which has no alpha
  CHECK(kept(some_picture(CV_8U), "RGB ", sr::PictureFormat::kPng));
  CHECK_FALSE(kept(some_picture(CV_8U), "GRAY", sr::PictureFormat::kPng));
  // Whatever its name makes of a gray PNM, it holds no profile.
  for (const char* space : {"GRAY", "RGB "}) {
    gray.attachments.icc = profile_of(space);
    CHECK_FALSE(sr::profile_is_of_other_channels(gray, sr::PictureFormat::kPnm));
    CHECK_FALSE(sr::profile_is_of_other_channels(gray, sr::PictureFormat::kTiff));
  }
}

TEST_CASE("an EXIF orientation is applied once: the copy says 1", "[image]") {
  const std::string jpeg = sr::test::encode(sr::test::pattern(16, 8), ".jpg");
  const std::string exif =
      sr::test::jpeg_segment(0xe1, std::string("Exif\0\0", 6) + sr::test::exif_block(6));
  const sr::Picture picture = decode(jpeg.substr(0, 2) + exif + jpeg.substr(2));
  CHECK(picture.color.size() == cv::Size(8, 16));
  const std::string upright = sr::test::exif_block(1);
  CHECK(picture.attachments.exif == std::vector<std::uint8_t>(upright.begin(), upright.end()));
  for (const auto format :
       {sr::PictureFormat::kPng, sr::PictureFormat::kJpeg, sr::PictureFormat::kWebp}) {
    const sr::Picture back = round_trip(picture, format);
    CHECK(back.color.size() == cv::Size(8, 16));
    CHECK(back.attachments.exif == picture.attachments.exif);
  }
}

TEST_CASE("quality changes the size of JPEG and WebP, sides have a limit there", "[image]") {
  const sr::test::TempFolder folder;
  sr::Picture picture;
  picture.color = sr::test::pattern(64, 64);
  for (const auto format : {sr::PictureFormat::kJpeg, sr::PictureFormat::kWebp}) {
    sr::write_picture(folder / "low", picture, format, 20);
    sr::write_picture(folder / "high", picture, format, 95);
    CHECK(std::filesystem::file_size(folder / "low") < std::filesystem::file_size(folder / "high"));
  }
  picture.color = cv::Mat(1, 16384, CV_8UC3, cv::Scalar::all(0));
  CHECK_THROWS_AS(sr::write_picture(folder / "wide.webp", picture, sr::PictureFormat::kWebp),
                  sr::DataError);
  CHECK_FALSE(std::filesystem::exists(folder / "wide.webp"));
}

TEST_CASE("names tell their format by the extension", "[image]") {
  CHECK(sr::format_of_extension("a/b.PNG") == sr::PictureFormat::kPng);
  CHECK(sr::format_of_extension("b.jpeg") == sr::PictureFormat::kJpeg);
  CHECK(sr::format_of_extension("b.tiff") == sr::PictureFormat::kTiff);
  CHECK(sr::format_of_extension("b.pgm") == sr::PictureFormat::kPnm);
  CHECK(sr::extension_holds("b.JPEG", sr::PictureFormat::kJpeg, true));
  CHECK_FALSE(sr::extension_holds("b.png", sr::PictureFormat::kJpeg, true));
  CHECK(sr::extension_holds("b.pgm", sr::PictureFormat::kPnm, true));
  CHECK_FALSE(sr::extension_holds("b.pgm", sr::PictureFormat::kPnm, false));
  CHECK_FALSE(sr::extension_holds("b.pbm", sr::PictureFormat::kPnm, true));
  CHECK_FALSE(sr::format_of_extension("folder.d").has_value());
  CHECK_FALSE(sr::format_of_extension("folder").has_value());
}
