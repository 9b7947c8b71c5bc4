#include <opencv2/imgcodecs.hpp>

#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::pattern;
using sr::test::png_chunk;
using sr::test::png_start;

namespace {

const std::string kIdat = png_chunk("IDAT", "");
const std::string kIend = png_chunk("IEND", "");

sr::ImageInfo probe(char bits, char color_type) {
  return EncodedFile(png_start(7, 5, bits, color_type) + kIdat + kIend).probe();
}

std::string refusal(const std::string& bytes) {
  return EncodedFile(bytes).probe_refusal();
}

}  // namespace

TEST_CASE("PNG colour types and depths are told as stored", "[image]") {
  CHECK(probe(8, 2).width == 7);
  CHECK(probe(8, 2).height == 5);
  CHECK(probe(8, 2).format == "png");
  CHECK(probe(8, 2).channels == 3);
  CHECK(probe(16, 2).bits == 16);
  CHECK(probe(1, 0).bits == 1);
  CHECK(probe(1, 0).channels == 1);
  CHECK(probe(16, 4).channels == 2);
  CHECK(probe(8, 6).channels == 4);
  CHECK(probe(4, 3).channels == 3);
  CHECK(probe(4, 3).bits == 8);
}

TEST_CASE("a damaged PNG header is refused with the reason", "[image]") {
  CHECK(refusal(png_start(7, 5, 8, 1) + kIdat + kIend) == "damaged header: PNG colour type 1");
  CHECK(refusal(png_start(7, 5, 4, 2) + kIdat + kIend) ==
        "damaged header: 4 bits with PNG colour type 2");
  CHECK(refusal(png_start(7, 5, 8, 2) + kIend) == "damaged: it holds no pixels (no chunk IDAT)");
  CHECK(refusal("\x89PNG\r\n\x1a\n" + kIdat + kIend) ==
        "damaged: a PNG must begin with the chunk IHDR");
  std::string flipped = png_start(7, 5, 8, 2) + kIdat + kIend;
  flipped[19] = '\x08';  // width 8 without a new checksum
  CHECK(refusal(flipped) == "damaged: wrong checksum of its IHDR chunk");
  std::string palette = png_start(7, 5, 8, 3) + png_chunk("PLTE", "abc") + kIdat + kIend;
  palette[41] = 'z';
  CHECK(refusal(palette) == "damaged: wrong checksum of its PLTE chunk");
}

TEST_CASE("a PNG cut off anywhere is refused by the probe", "[image]") {
  const std::string whole = encode(pattern(40, 30), ".png");
  CHECK(refusal(whole).empty());
  for (std::size_t size = 8; size < whole.size(); size += size < 64 ? 1 : 97) {
    INFO("first " << size << " of " << whole.size() << " bytes");
    CHECK(refusal(whole.substr(0, size)).starts_with("truncated"));
  }
  CHECK(refusal(whole.substr(0, whole.size() - 1)).starts_with("truncated"));
}

TEST_CASE("bytes behind the end of a PNG do no harm", "[image]") {
  const EncodedFile file(encode(pattern(40, 30), ".png") + "some camera's notes");
  CHECK(file.probe().width == 40);
  CHECK(sr::test::same(file.decode(), pattern(40, 30)));
}

TEST_CASE("a PNG with a chunk that may not be passed over is refused", "[image]") {
  constexpr std::size_t kBehindHeader = 33;
  const std::string whole = encode(pattern(40, 30), ".png");
  const auto with = [&](const std::string& chunk) {
    return std::string(whole).insert(kBehindHeader, chunk);
  };
  CHECK(refusal(with(png_chunk("ABcD", ""))) ==
        "PNG with the chunk ABcD in front of its pixels is not supported");
  CHECK(refusal(with(png_chunk("\x1B[2J", ""))) ==
        "PNG with the chunk \\x1b[2J in front of its pixels is not supported");
  CHECK(refusal(with(whole.substr(8, 25))).starts_with("PNG with the chunk IHDR"));
  CHECK(refusal(with(png_chunk("aBcD", ""))).empty());
}

TEST_CASE("a small PNG is taken by its end where its chunks do not lead there", "[image]") {
  std::string too_long = kIdat;
  too_long[3] = 4;  // its length: the next chunk is looked for inside the second one
  const std::string front = png_start(7, 5, 8, 2) + too_long;
  CHECK(EncodedFile(front + kIdat + kIend).probe_refusal().empty());
  CHECK(EncodedFile(front + kIend).probe_refusal().starts_with("truncated"));
}

TEST_CASE("a PNG whose pixel data is damaged is refused by decoding", "[image]") {
  std::string bytes = encode(pattern(40, 30), ".png");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
  const EncodedFile file(bytes);
  CHECK(file.probe_refusal().empty());
  CHECK(file.decode_refusal().starts_with("damaged or incomplete PNG data: "));
}

TEST_CASE("a PNG that lost chunks from its middle is refused by decoding", "[image]") {
  const std::string bytes = encode(pattern(200, 200), ".png", {cv::IMWRITE_PNG_COMPRESSION, 0});
  const std::size_t first = bytes.find("IDAT");
  const std::size_t second = bytes.find("IDAT", first + 4);
  REQUIRE(second != std::string::npos);  // OpenCV writes blocks of 8 KiB
  const EncodedFile file(bytes.substr(0, second - 4) + kIend);
  CHECK(file.probe_refusal().empty());
  CHECK(file.decode_refusal().starts_with("damaged or incomplete PNG data: "));
}
