#include <vector>

#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::EncodedFile;
using sr::test::le16;
using sr::test::le32;
using sr::test::pattern;
using sr::test::same;

namespace {

struct Bmp {
  int width = 6, height = 4;
  int bits = 24;
  std::uint32_t header = 40;
  std::uint32_t compression = 0;
  std::vector<std::uint32_t> masks{};  ///< R, G, B (, A)
  std::string palette{};
  std::string pixels{};

  std::string bytes() const {
    const bool core = header == 12;
    std::string info = le32(header);
    info += core ? le16(number(width)) + le16(number(height))
                 : le32(number(width)) + le32(number(height));
    info += le16(1) + le16(number(bits));
    if (!core) {
      info += le32(compression) + le32(0) + le32(2835) + le32(2835) + le32(0) + le32(0);
    }
    info.resize(std::min<std::size_t>(info.size(), header));
    std::string mask_text;
    for (const std::uint32_t mask : masks) {
      mask_text += le32(mask);
    }
    info += mask_text;  // within a longer header, else behind it
    info.resize(std::max<std::size_t>(info.size(), header), '\0');
    const std::size_t offset = 14 + info.size() + palette.size();
    return "BM" + le32(number(offset + pixels.size())) + le32(0) + le32(number(offset)) + info +
           palette + pixels;
  }

 private:
  template <typename Number>
  static std::uint32_t number(Number value) {
    return static_cast<std::uint32_t>(value);
  }
};

constexpr int kWidth = 6, kHeight = 4;

/// Rows from the bottom, each padded to four bytes.
template <typename Pack>
std::string rows(Pack pack) {
  std::string text;
  for (int y = kHeight - 1; y >= 0; --y) {
    std::string row;
    for (int x = 0; x < kWidth; ++x) {
      row += pack(pattern(kWidth, kHeight).at<cv::Vec3b>(y, x));
    }
    text += row + std::string((4 - row.size() % 4) % 4, '\0');
  }
  return text;
}

std::string bgr(const cv::Vec3b& rgb) {
  return {static_cast<char>(rgb[2]), static_cast<char>(rgb[1]), static_cast<char>(rgb[0])};
}

std::string packed16(const cv::Vec3b& rgb, int green_bits) {
  const int red = rgb[0] >> 3;
  const int green = rgb[1] >> (8 - green_bits);
  const int blue = rgb[2] >> 3;
  return le16(static_cast<std::uint32_t>(red << (5 + green_bits) | green << 5 | blue));
}

/// What the pattern is after it was stored in 16 bits.
cv::Mat in_16_bits(int green_bits) {
  const auto through = [](int value, int bits) {
    const int most = (1 << bits) - 1;
    return static_cast<std::uint8_t>(((value >> (8 - bits)) * 255 + most / 2) / most);
  };
  cv::Mat image = pattern(kWidth, kHeight);
  for (auto& pixel : cv::Mat_<cv::Vec3b>(image)) {
    pixel = {through(pixel[0], 5), through(pixel[1], green_bits), through(pixel[2], 5)};
  }
  return image;
}

cv::Mat decoded(const Bmp& bmp) {
  const EncodedFile file(bmp.bytes());
  CHECK(file.probe_refusal().empty());
  CHECK(file.decode_refusal().empty());
  return file.decode();
}

std::string refusal(const Bmp& bmp) {
  return EncodedFile(bmp.bytes()).decode_refusal();
}

/// Four colours: red, green, blue, and one that no channel shares.
std::string palette(int entry_size) {
  std::string text;
  for (const cv::Vec3b& rgb :
       {cv::Vec3b(255, 0, 0), cv::Vec3b(0, 254, 0), cv::Vec3b(0, 0, 253), cv::Vec3b(10, 20, 30)}) {
    text += bgr(rgb) + std::string(static_cast<std::size_t>(entry_size - 3), '\0');
  }
  return text;
}

}  // namespace

TEST_CASE("BMP of whole bytes a channel has the colours it was written with", "[image]") {
  const cv::Mat expected = pattern(kWidth, kHeight);
  for (const std::uint32_t header : {12U, 40U, 52U, 56U, 64U, 108U, 124U}) {
    INFO(header);
    CHECK(same(decoded({.header = header, .pixels = rows(bgr)}), expected));
  }
  const auto bgrx = [](const cv::Vec3b& rgb) { return bgr(rgb) + '\x7f'; };
  const auto rgba = [](const cv::Vec3b& rgb) {
    const std::string text = bgr(rgb);
    return std::string(text.rbegin(), text.rend()) + '\x7f';
  };
  CHECK(same(decoded({.bits = 32, .pixels = rows(bgrx)}), expected));
  for (const std::uint32_t header : {40U, 56U, 108U, 124U}) {
    INFO(header);
    CHECK(same(decoded({.bits = 32,
                        .header = header,
                        .compression = 3,
                        .masks = {0xff, 0xff00, 0xff0000, 0xff000000},
                        .pixels = rows(rgba)}),
               expected));
  }
}

TEST_CASE("BMP of 16 bits a pixel is scaled to full range", "[image]") {
  const auto five_six_five = [](const cv::Vec3b& rgb) { return packed16(rgb, 6); };
  const auto five_five_five = [](const cv::Vec3b& rgb) { return packed16(rgb, 5); };
  for (const std::uint32_t header : {40U, 108U, 124U}) {
    INFO(header);
    CHECK(same(decoded({.bits = 16, .header = header, .pixels = rows(five_five_five)}),
               in_16_bits(5)));
    CHECK(same(decoded({.bits = 16,
                        .header = header,
                        .compression = 3,
                        .masks = {0x7c00, 0x03e0, 0x001f},
                        .pixels = rows(five_five_five)}),
               in_16_bits(5)));
    CHECK(same(decoded({.bits = 16,
                        .header = header,
                        .compression = 3,
                        .masks = {0xf800, 0x07e0, 0x001f},
                        .pixels = rows(five_six_five)}),
               in_16_bits(6)));
  }
}

TEST_CASE("BMP of indices has the colours of its palette", "[image]") {
  const std::vector<int> indices = {0, 1, 2, 3, 2, 1};
  for (const std::uint32_t header : {12U, 40U, 64U, 124U}) {
    for (const int bits : {2, 4, 8}) {
      INFO(header << " " << bits);
      std::string row;
      for (std::size_t i = 0; i < indices.size(); i += static_cast<std::size_t>(8 / bits)) {
        int byte = 0;
        for (std::size_t k = 0; k < static_cast<std::size_t>(8 / bits); ++k) {
          byte = byte << bits | (i + k < indices.size() ? indices[i + k] : 0);
        }
        row += static_cast<char>(byte);
      }
      row.resize((row.size() + 3) / 4 * 4, '\0');
      const cv::Mat image = decoded({.height = 2,
                                     .bits = bits,
                                     .header = header,
                                     .palette = palette(header == 12 ? 3 : 4),
                                     .pixels = row + row});
      CHECK(image.at<cv::Vec3b>(0, 0) == cv::Vec3b(255, 0, 0));
      CHECK(image.at<cv::Vec3b>(1, 1) == cv::Vec3b(0, 254, 0));
      CHECK(image.at<cv::Vec3b>(1, 4) == cv::Vec3b(0, 0, 253));
      CHECK(image.at<cv::Vec3b>(0, 3) == cv::Vec3b(10, 20, 30));
    }
  }
  const cv::Mat two = decoded({.width = 9,
                               .height = 1,
                               .bits = 1,
                               .palette = palette(4).substr(0, 8),
                               .pixels = std::string("\x41\x80\0\0", 4)});
  CHECK(two.at<cv::Vec3b>(0, 0) == cv::Vec3b(255, 0, 0));
  CHECK(two.at<cv::Vec3b>(0, 1) == cv::Vec3b(0, 254, 0));
  CHECK(two.at<cv::Vec3b>(0, 8) == cv::Vec3b(0, 254, 0));
}

TEST_CASE("run lengths in BMP of 4 and 8 bits are followed", "[image]") {
  const cv::Vec3b red(255, 0, 0), green(0, 254, 0), blue(0, 0, 253);
  // Bottom row: two green, blue red blue as they are; then up by 1: one green.
  const std::string eight("\x02\x01\0\x03\x02\0\x02\0\0\x02\x00\x01\x01\x01\0\x01", 16);
  const cv::Mat image =
      decoded({.height = 2, .bits = 8, .compression = 1, .palette = palette(4), .pixels = eight});
  CHECK(image.at<cv::Vec3b>(1, 0) == green);
  CHECK(image.at<cv::Vec3b>(1, 2) == blue);
  CHECK(image.at<cv::Vec3b>(1, 3) == red);
  CHECK(image.at<cv::Vec3b>(0, 5) == green);
  CHECK(image.at<cv::Vec3b>(0, 0) == red);  // left out: the first colour
  const std::string four("\x05\x12\0\0\0\x03\x21\x20\0\x01", 10);
  const cv::Mat other =
      decoded({.height = 2, .bits = 4, .compression = 2, .palette = palette(4), .pixels = four});
  CHECK(other.at<cv::Vec3b>(1, 0) == green);
  CHECK(other.at<cv::Vec3b>(1, 1) == blue);
  CHECK(other.at<cv::Vec3b>(1, 4) == green);
  CHECK(other.at<cv::Vec3b>(0, 0) == blue);
  CHECK(other.at<cv::Vec3b>(0, 1) == green);
}

TEST_CASE("damaged BMP pixels are refused", "[image]") {
  const auto runs = [](const std::string& pixels) {
    return refusal(
        {.height = 2, .bits = 8, .compression = 1, .palette = palette(4), .pixels = pixels});
  };
  CHECK(runs(std::string("\x07\x01\0\x01", 4)) ==
        "damaged: a run of pixels leaves the image at x=6 y=0");
  CHECK(runs(std::string("\x02\x09\0\x01", 4)) == "damaged: a pixel has colour 9 of 4");
  CHECK(runs(std::string("\x02\x01", 2)).starts_with("truncated: "));
  CHECK(runs(std::string("\x02\x01\0\x04\x01", 5)).starts_with("truncated: "));
  CHECK(refusal({.bits = 8, .palette = palette(4), .pixels = std::string(32, '\x04')}) ==
        "damaged: a pixel has colour 4 of 4");
  CHECK(refusal({.bits = 8, .pixels = std::string(32, '\0')}) ==
        "damaged: a BMP of indices without a palette");
  CHECK(refusal({.bits = 16,
                 .compression = 3,
                 .masks = {0xf00f, 0x7e0, 0x1f},
                 .pixels = std::string(48, '\0')}) ==
        "damaged header: BMP with the colour mask 0xf00f");
}

TEST_CASE("kinds of BMP that are not decoded are refused by name", "[image]") {
  for (const std::uint32_t compression : {4U, 5U, 11U}) {
    CHECK(refusal({.compression = compression, .pixels = rows(bgr)}) ==
          "BMP with 24 bits a pixel and compression " + std::to_string(compression) +
              " is not supported");
  }
  CHECK(refusal({.header = 64, .compression = 4, .pixels = rows(bgr)}) ==
        "BMP with 24 bits a pixel and compression 4 is not supported");
  CHECK(refusal({.bits = 1,
                 .header = 64,
                 .compression = 3,
                 .palette = palette(4),
                 .pixels = rows(bgr)}) ==
        "BMP with 1 bits a pixel and compression 3 is not supported");
}
