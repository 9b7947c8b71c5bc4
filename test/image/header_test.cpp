#include "image/header.h"

#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::encode;
using sr::test::EncodedFile;
using sr::test::pattern;
using sr::test::png_start;

namespace {

std::string sniff(const std::string& text) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  sr::MemorySource source("x", bytes);
  return std::string(sr::sniff_format(source));
}

}  // namespace

TEST_CASE("a format is recognized by its first bytes", "[image]") {
  CHECK(sniff(encode(pattern(4, 3), ".png")) == "png");
  CHECK(sniff(encode(pattern(4, 3), ".jpg")) == "jpeg");
  CHECK(sniff(encode(pattern(4, 3), ".webp")) == "webp");
  CHECK(sniff(encode(pattern(4, 3), ".tiff")) == "tiff");
  CHECK(sniff(encode(pattern(4, 3), ".bmp")) == "bmp");
  CHECK(sniff(encode(pattern(4, 3), ".ppm")) == "pnm");
}

TEST_CASE("texts and other files are not taken for images", "[image]") {
  CHECK(sniff("").empty());
  CHECK(sniff("P").empty());
  CHECK(sniff("P5 is the fifth priority of the list").empty());
  CHECK(sniff("BMW builds cars and motorcycles").empty());
  CHECK(sniff({"RIFF\x10\0\0\0AVI LIST", 16}).empty());
  CHECK(sniff("\x89PNG\r\n").empty());
  CHECK(sniff("II is a Roman number").empty());
}

TEST_CASE("an empty file and an unknown one are refused with the reason", "[image]") {
  CHECK(EncodedFile("").probe_refusal() == "the file is empty");
  CHECK(EncodedFile("hello", "hello.png").probe_refusal() ==
        "not an image of a known format (PNG, JPEG, WebP, TIFF, BMP, PNM)");
}

TEST_CASE("sides of zero and beyond the limits are refused before anything is decoded", "[image]") {
  const auto with_sides = [](std::uint32_t width, std::uint32_t height) {
    return EncodedFile(png_start(width, height, 8, 2)).probe_refusal();
  };
  CHECK(with_sides(0, 5) == "damaged header: 0 x 5 pixels");
  CHECK(with_sides(100000, 100000) ==
        "100000 x 100000 pixels are more than the limit of 1073741824 pixels (1048576 a side)");
  CHECK(with_sides((1 << 20) + 1, 1) ==
        "1048577 x 1 pixels are more than the limit of 1073741824 pixels (1048576 a side)");
  CHECK(with_sides(32768, 32768).find("limit") == std::string::npos);
  CHECK(with_sides(32768, 32769).find("limit") != std::string::npos);
}
