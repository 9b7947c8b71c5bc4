#include <opencv2/imgcodecs.hpp>

#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::be16;
using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::four_component_jpeg;
using sr::test::jpeg_segment;
using sr::test::pattern;

namespace {

std::string refusal(const std::string& bytes) {
  return EncodedFile(bytes).probe_refusal();
}

std::string frame_only(int marker, char bits, char components) {
  return "\xff\xd8" + jpeg_segment(marker, bits + be16(9) + be16(17) + components + "...") +
         jpeg_segment(0xda, "...") + "\xff\xd9";
}

}  // namespace

TEST_CASE("baseline and progressive JPEG of one and three components are told", "[image]") {
  const sr::ImageInfo rgb = EncodedFile(encode(pattern(40, 30), ".jpg")).probe();
  CHECK(rgb.format == "jpeg");
  CHECK(rgb.width == 40);
  CHECK(rgb.height == 30);
  CHECK(rgb.channels == 3);
  CHECK(rgb.bits == 8);
  const cv::Mat gray(30, 40, CV_8UC1, cv::Scalar(9));
  CHECK(EncodedFile(encode(gray, ".jpg")).probe().channels == 1);
  const std::string progressive =
      encode(pattern(40, 30), ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  CHECK(EncodedFile(progressive).probe().height == 30);
}

TEST_CASE("a JPEG without its end is refused although decoders fill it up", "[image]") {
  const std::string whole = encode(pattern(64, 64), ".jpg");
  for (const std::size_t size : {whole.size() * 6 / 10, whole.size() - 100, whole.size() - 1}) {
    const EncodedFile file(whole.substr(0, size));
    const std::string expected =
        "truncated: it ends after " + std::to_string(size) + " bytes without the JPEG end marker";
    CHECK(file.probe_refusal() == expected);
    CHECK(file.decode_refusal() == expected);
  }
  CHECK(refusal(whole.substr(0, 100)).starts_with("truncated"));
}

TEST_CASE("bytes behind the end of a JPEG do no harm", "[image]") {
  const EncodedFile file(encode(pattern(64, 64), ".jpg") + std::string(500, '\x5a'));
  CHECK(file.probe().width == 64);
  CHECK(file.decode().rows == 64);
}

TEST_CASE("kinds of JPEG that cannot be decoded faithfully are refused by name", "[image]") {
  CHECK(frame_only(0xc0, 8, 3).size() > 10);
  CHECK(refusal(frame_only(0xc0, 8, 3)).empty());
  CHECK(refusal(frame_only(0xc1, 12, 3)) ==
        "12-bit JPEG of kind SOF1 (lossless, hierarchical or more than 8 bits) is not supported");
  CHECK(refusal(frame_only(0xc3, 8, 3)) ==
        "8-bit JPEG of kind SOF3 (lossless, hierarchical or more than 8 bits) is not supported");
  CHECK(refusal(frame_only(0xc0, 8, 2)) == "JPEG with 2 components is not supported");
  CHECK(refusal(std::string("\xff\xd8") + jpeg_segment(0xda, "...") + "\xff\xd9") ==
        "damaged: a JPEG scan before its frame header");
  CHECK(refusal(std::string("\xff\xd8\xff\xe0\0\x04zz", 8) + "garbage") ==
        "damaged: no JPEG marker where one must be");
  CHECK(refusal(std::string("\xff\xd8\xff\xd9") + "zz") ==
        "damaged: JPEG marker 0xd9 in the header");
}

TEST_CASE("CMYK JPEG of Adobe's kind is converted and any other kind refused", "[image]") {
  const EncodedFile inverted(four_component_jpeg({200, 100, 50, 255}, true));
  CHECK(inverted.probe().channels == 4);
  const cv::Vec3b full_light = inverted.decode().at<cv::Vec3b>(3, 3);
  CHECK(full_light[0] == Approx(200).margin(1));
  CHECK(full_light[1] == Approx(100).margin(1));
  CHECK(full_light[2] == Approx(50).margin(1));

  const cv::Mat half = EncodedFile(four_component_jpeg({200, 100, 50, 128}, true)).decode();
  CHECK(half.at<cv::Vec3b>(0, 7)[0] == Approx(200.0 * 128 / 255).margin(1));
  CHECK(half.at<cv::Vec3b>(0, 7)[2] == Approx(50.0 * 128 / 255).margin(1));

  CHECK(refusal(four_component_jpeg({200, 100, 50, 255}, false)) ==
        "CMYK JPEG without an Adobe marker: its inks could be read two ways; convert it to RGB "
        "first");
}
