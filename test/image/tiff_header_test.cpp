#include "encoded.h"
#include "image/header.h"
#include "support/catch.h"

using sr::test::EncodedFile;
using sr::test::tiff;
using sr::test::TiffField;

namespace {

// Uncompressed, this many equal samples a pixel.
std::vector<TiffField> fields(std::uint32_t samples, std::uint32_t bits,
                              std::uint32_t photometric) {
  return {{258, 3, std::vector<std::uint32_t>(samples, bits)},
          {259, 3, {1}},
          {262, 3, {photometric}},
          {277, 3, {samples}}};
}

std::vector<TiffField> with(std::vector<TiffField> base, const TiffField& more) {
  base.push_back(more);
  return base;
}

std::string refusal(const std::vector<TiffField>& some, std::size_t bytes) {
  return EncodedFile(tiff(2, 2, some, std::string(bytes, '\0'))).probe_refusal();
}

}  // namespace

TEST_CASE("TIFF of 8 and 16 bits in both byte orders is told", "[image]") {
  for (const bool little : {true, false}) {
    const sr::ImageInfo rgb =
        EncodedFile(tiff(4, 2, fields(3, 16, 2), std::string(48, '\0'), little)).probe();
    CHECK(rgb.format == "tiff");
    CHECK(rgb.width == 4);
    CHECK(rgb.height == 2);
    CHECK(rgb.channels == 3);
    CHECK(rgb.bits == 16);
    CHECK(EncodedFile(tiff(4, 2, fields(1, 8, 1), std::string(8, '\0'), little)).probe().channels ==
          1);
  }
}

TEST_CASE("a TIFF whose pixels are not all there is refused", "[image]") {
  CHECK(refusal(fields(3, 8, 2), 12).empty());
  std::string bytes = tiff(2, 2, fields(3, 8, 2), std::string(12, '\0'));
  bytes.replace(bytes.find(std::string("\x17\x01\x04\0", 4)) + 8, 2,
                "\xff\x7f");  // StripByteCounts
  CHECK(EncodedFile(bytes).probe_refusal() ==
        "truncated: it ends after " + std::to_string(bytes.size()) + " bytes, inside its pixels");
  CHECK(EncodedFile(bytes.substr(0, 30)).probe_refusal().starts_with("truncated"));
}

TEST_CASE("a TIFF of which a strip was never written is damaged", "[image]") {
  std::string bytes = tiff(2, 2, fields(3, 8, 2), std::string(12, '\0'));
  bytes.replace(bytes.find(std::string("\x11\x01\x04\0", 4)) + 8, 4, std::string(4, '\0'));
  CHECK(EncodedFile(bytes).probe_refusal() ==
        "damaged: its strip or tile 0 was never written (offset 0)");
}

TEST_CASE("TIFF that would be converted wrongly is refused by name", "[image]") {
  CHECK(refusal(fields(4, 8, 5), 16) ==
        "TIFF colour space 5 (CMYK, Lab ...) is not supported; convert it to RGB first");
  CHECK(refusal(with(fields(1, 16, 1), {339, 3, {2}}), 8) ==
        "TIFF with 16-bit samples of format 2 is not supported");
  CHECK(refusal(with(fields(1, 16, 1), {339, 3, {3}}), 8) ==
        "TIFF with 16-bit samples of format 3 is not supported");
  CHECK(refusal(fields(1, 32, 1), 16) == "TIFF with 32-bit samples of format 1 is not supported");
  CHECK(refusal(fields(1, 16, 0), 8) ==
        "16-bit TIFF with a palette or white as 0 is not supported");
  CHECK(refusal(fields(5, 8, 2), 20) == "TIFF with 5 channels is not supported");
  std::string big = tiff(2, 2, fields(3, 8, 2), std::string(12, '\0'));
  big[2] = '+';
  CHECK(EncodedFile(big).probe_refusal() == "BigTIFF is not supported");
}

TEST_CASE("a TIFF that declares its alpha in unusual types is read within its bounds", "[image]") {
  for (const bool little : {true, false}) {
    const std::string bytes =
        tiff(2, 2, with(fields(4, 8, 2), {338, 4, {2}}), std::string(16, '\x55'), little);
    CHECK(EncodedFile(bytes).decode().at<cv::Vec3b>(1, 1) == cv::Vec3b(0x55, 0x55, 0x55));
  }
}

TEST_CASE("colours under the alpha of a TIFF are kept as stored", "[image]") {
  const std::string pixels{'\x0a', '\x14', '\x1e', '\0',   '\x64', '\x65', '\x66', '\x10',
                           '\x01', '\x02', '\x03', '\x7f', '\x32', '\x33', '\x34', '\x35'};
  for (const bool little : {true, false}) {
    const std::vector<TiffField> unassociated = with(fields(4, 8, 2), {338, 3, {2}});
    const cv::Mat image = EncodedFile(tiff(2, 2, unassociated, pixels, little)).decode();
    CHECK(image.at<cv::Vec3b>(0, 0) == cv::Vec3b(10, 20, 30));
    CHECK(image.at<cv::Vec3b>(0, 1) == cv::Vec3b(100, 101, 102));
    CHECK(image.at<cv::Vec3b>(1, 0) == cv::Vec3b(1, 2, 3));
  }
}

TEST_CASE("a TIFF that begins with a mask is told", "[image]") {
  const auto kind = [](std::uint32_t subfile_type) {
    const std::string bytes =
        tiff(2, 2, with(fields(1, 8, 1), {254, 4, {subfile_type}}), std::string(4, '\0'));
    const std::vector<std::uint8_t> file(bytes.begin(), bytes.end());
    sr::MemorySource source("x", file);
    return sr::tiff_kind(source);
  };
  CHECK(kind(0) == sr::TiffKind::kPicture);
  CHECK(kind(2) == sr::TiffKind::kPicture);  // one page of several
  CHECK(kind(1) == sr::TiffKind::kReducedFirst);
  CHECK(kind(4) == sr::TiffKind::kReducedFirst);
}

TEST_CASE("a TIFF of many tags and many tiles is read in no time", "[image]") {
  constexpr std::uint32_t kTags = 60000, kTiles = 60000;
  std::vector<TiffField> many(kTags,
                              TiffField{300, 3, {0}});  // nobody's tag, in front of the tiles'
  for (const TiffField& field : fields(1, 8, 1)) {
    many.push_back(field);
  }
  many.push_back({324, 4, std::vector<std::uint32_t>(kTiles, 8)});
  many.push_back({325, 4, std::vector<std::uint32_t>(kTiles, 1)});
  CHECK(EncodedFile(tiff(2, 2, many, std::string(4, '\0'))).probe().height == 2);
}
