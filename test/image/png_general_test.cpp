#include "image/png_general.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::exif_block;
using sr::test::pattern;
using sr::test::png_chunk;
using sr::test::same;

namespace {

const std::string kIend = png_chunk("IEND", "");

/// Puts chunks between the last IDAT and IEND.
std::string behind_pixels(const std::string& png, const std::string& chunks) {
  return png.substr(0, png.size() - kIend.size()) + chunks + kIend;
}

cv::Mat decoded_generally(const std::string& png) {
  const std::vector<std::uint8_t> bytes(png.begin(), png.end());
  const sr::MemorySource source("x", bytes);
  return sr::decode_any_png(source, bytes);
}

}  // namespace

TEST_CASE("the general PNG decoder and the fast one agree, and with OpenCV", "[image]") {
  cv::Mat gray, deep, rgba;
  cv::extractChannel(pattern(33, 21), gray, 0);
  pattern(33, 21).convertTo(deep, CV_16U, 257.0, 3.0);
  cv::cvtColor(pattern(33, 21), rgba, cv::COLOR_RGB2RGBA);
  CHECK(same(decoded_generally(encode(pattern(33, 21), ".png")), pattern(33, 21)));
  CHECK(same(decoded_generally(encode(rgba, ".png")), rgba));
  CHECK(same(decoded_generally(encode(deep, ".png")), deep));
  cv::Mat gray3;
  cv::cvtColor(gray, gray3, cv::COLOR_GRAY2RGB);
  CHECK(same(decoded_generally(encode(gray, ".png")), gray3));
  const std::string bilevel = encode(gray > 128, ".png", {cv::IMWRITE_PNG_BILEVEL, 1});
  cv::Mat white;
  cv::cvtColor(gray > 128, white, cv::COLOR_GRAY2RGB);
  CHECK(same(EncodedFile(bilevel).decode(), white));
}

TEST_CASE("PNG pixel data that is cut, flipped or of another image is refused", "[image]") {
  cv::Mat deep;
  pattern(30, 20).convertTo(deep, CV_16U, 257.0, 3.0);
  for (const cv::Mat& image : {pattern(30, 20), deep}) {
    const std::string whole = encode(image, ".png");
    const std::size_t data = whole.find("IDAT") + 4;
    const std::size_t size = whole.size() - kIend.size() - 4 - data;
    const std::string stream = whole.substr(data, size);
    const auto with = [&](const std::string& other) {
      return EncodedFile(whole.substr(0, data - 8) + png_chunk("IDAT", other) + kIend)
          .decode_refusal();
    };
    CHECK(with(stream).empty());
    for (const std::size_t at : {std::size_t{2}, size / 3, size / 2, size - 2}) {
      std::string flipped = stream;
      flipped[at] ^= '\x04';
      CHECK(with(flipped).starts_with("damaged or incomplete PNG data: "));
    }
    CHECK(with(stream.substr(0, size / 2)).starts_with("damaged or incomplete PNG data: "));
    CHECK(with(stream + "more").empty());  // behind the end of the stream: nobody's pixels
  }
}

TEST_CASE("a PNG pixel whose colour is not in the palette is damage", "[image]") {
  const std::string stored("\x78\x01\x01\x02\x00\xfd\xff\x00\x1b\x00\x1d\x00\x1c",
                           13);  // 0, 1, 2, 3
  const std::string start = sr::test::png_start(4, 1, 2, 3);
  const std::string colours = "abcdefghijkl";
  const auto with = [&](std::size_t count, const std::string& alpha) {
    return start + png_chunk("PLTE", colours.substr(0, 3 * count)) +
           (alpha.empty() ? "" : png_chunk("tRNS", alpha)) + png_chunk("IDAT", stored) + kIend;
  };
  const cv::Mat image = EncodedFile(with(4, "")).decode();
  CHECK(image.at<cv::Vec3b>(0, 3) == cv::Vec3b('j', 'k', 'l'));
  CHECK(decoded_generally(with(4, "\x80\x40")).at<cv::Vec4b>(0, 1) ==
        cv::Vec4b('d', 'e', 'f', 0x40));
  CHECK(EncodedFile(with(3, "")).decode_refusal() ==
        "damaged: its pixel x=3 y=0 has colour 3 of 3");
}

TEST_CASE("the orientation in a PNG is applied wherever its chunk stands", "[image]") {
  const std::string text = png_chunk("tEXt", "Comment" + std::string(1, '\0') + "IDAT");
  for (const cv::Size size : {cv::Size(20, 10), cv::Size(400, 300)}) {  // one IDAT; many
    const std::string flat = encode(pattern(size.width, size.height), ".png");
    const std::string first = flat.substr(0, 33);
    const std::string rest = flat.substr(33);
    for (const bool little : {true, false}) {
      const std::string exif = png_chunk("eXIf", exif_block(6, little));
      const std::string other = png_chunk("eXIf", exif_block(3, little));
      const std::vector<std::string> files = {
          first + exif + rest,
          behind_pixels(flat, exif),
          behind_pixels(flat, text + exif),
          behind_pixels(flat, exif + text + text),
          behind_pixels(flat, png_chunk("tEXt", std::string(40'000, 'x')) + exif),
          behind_pixels(flat, exif + png_chunk("tEXt", std::string(40'000, 'x'))),
          behind_pixels(flat, exif) + "bytes of a camera behind the end",
          behind_pixels(flat,
                        png_chunk("eXIf", "Exif" + std::string(2, '\0') + exif_block(6, little))),
          first + exif + behind_pixels(rest, other),  // the first counts
          behind_pixels(flat, exif + other)};
      cv::Mat turned;
      cv::rotate(pattern(size.width, size.height), turned, cv::ROTATE_90_CLOCKWISE);
      for (std::size_t i = 0; i < files.size(); ++i) {
        INFO(size.width << ' ' << little << ' ' << i);
        const EncodedFile file(files[i]);
        CHECK(file.probe().width == size.height);
        CHECK(same(file.decode(), turned));
      }
    }
    CHECK(EncodedFile(behind_pixels(flat, text)).probe().width == size.width);
    CHECK(EncodedFile(behind_pixels(flat, png_chunk("eXIf", "damaged"))).probe().width ==
          size.width);
  }
}
