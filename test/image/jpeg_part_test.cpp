#include <cstdio>

#include <jpeglib.h>  // needs cstdio before it

#include <random>

#include <opencv2/imgproc.hpp>

#include "encoded.h"
#include "image/byte_source.h"
#include "image/decode_part.h"
#include "image/jpeg_pixels.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::CodesBehind;
using sr::decode_jpeg;
using sr::decode_jpeg_part;
using sr::ImagePart;
using sr::test::EncodedFile;
using sr::test::pattern;
using sr::test::same;

namespace {

using Draws = std::mt19937;

int between(Draws& draws, int low, int high) {
  return low + static_cast<int>(draws() % static_cast<unsigned>(high - low + 1));
}

struct Coding {
  cv::Size luma{1, 1};    ///< sampling factors
  cv::Size chroma{1, 1};  ///< of the two others
  J_COLOR_SPACE space = JCS_YCbCr;
  unsigned restart = 0;  ///< units between two markers
  int quality = 90;
  bool arithmetic = false;
  bool scan_each = false;  ///< a scan for each component
  bool progressive = false;
};

std::string jpeg(const cv::Mat& image, const Coding& how) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &memory, &size);
  info.image_width = static_cast<JDIMENSION>(image.cols);
  info.image_height = static_cast<JDIMENSION>(image.rows);
  info.input_components = image.channels();
  info.in_color_space = image.channels() == 1   ? JCS_GRAYSCALE
                        : image.channels() == 4 ? JCS_CMYK
                                                : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, image.channels() == 3 ? how.space : info.in_color_space);
  jpeg_set_quality(&info, how.quality, TRUE);
  for (int i = 0; i < info.num_components; ++i) {
    const cv::Size& factors = i == 0 ? how.luma : how.chroma;
    info.comp_info[i].h_samp_factor = factors.width;
    info.comp_info[i].v_samp_factor = factors.height;
  }
  info.restart_interval = how.restart;
  info.arith_code = how.arithmetic ? TRUE : FALSE;
  const jpeg_scan_info scans[] = {
      {1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
  if (how.scan_each) {
    info.scan_info = scans;
    info.num_scans = 3;
  }
  if (how.progressive) {
    jpeg_simple_progression(&info);
  }
  jpeg_start_compress(&info, TRUE);
  for (int y = 0; y < image.rows; ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(image.ptr(y));  // only read
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  std::string bytes(reinterpret_cast<const char*>(memory), size);
  jpeg_destroy_compress(&info);
  std::free(memory);
  return bytes;
}

/// Edges and texture in strong colours, so that a neighbour that is missing shows.
cv::Mat picture(cv::Size size) {
  cv::Mat image = pattern(size.width, size.height);
  cv::blur(image, image, {3, 3});
  return image;
}

cv::Mat gray(const cv::Mat& image) {
  cv::Mat one;
  cv::extractChannel(image, one, 1);
  return one;
}

std::span<const std::uint8_t> as_span(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

cv::Mat whole_of(const std::string& bytes) {
  return decode_jpeg(sr::MemorySource("x", as_span(bytes)), as_span(bytes));
}

ImagePart part_of(const std::string& bytes, const cv::Rect& wanted,
                  CodesBehind behind = CodesBehind::kRead) {
  return decode_jpeg_part(sr::MemorySource("x", as_span(bytes)), as_span(bytes), wanted, behind);
}

cv::Size any_size(Draws& draws, int most) {
  return {between(draws, 1, most), between(draws, 1, most)};
}

/// One in four touches a given border.
cv::Rect any_part(Draws& draws, cv::Size size) {
  const auto stretch = [&](int side) {
    const int length = between(draws, 1, std::min(side, 48));
    const int last = side - length;
    const int place = between(draws, 0, 7);
    return std::pair(place == 0 || place == 1   ? 0
                     : place == 2 || place == 3 ? last
                                                : between(draws, 0, last),
                     length);
  };
  const auto [x, width] = stretch(size.width);
  const auto [y, height] = stretch(size.height);
  return {x, y, width, height};
}

const std::vector<cv::Size> kSamplings = {{1, 1}, {2, 1}, {1, 2}, {2, 2},
                                          {3, 1}, {4, 1}, {1, 4}, {4, 2}};

Coding any_coding(Draws& draws) {
  Coding how;
  how.luma = kSamplings[draws() % kSamplings.size()];
  how.restart = static_cast<unsigned>(std::max(0, between(draws, -12, 9)));
  how.quality = between(draws, 30, 100);
  how.space = draws() % 8 == 0 ? JCS_RGB : JCS_YCbCr;
  return how;
}

}  // namespace

TEST_CASE("a part of a JPEG has the pixels of the whole to the bit", "[image]") {
  Draws draws(7);
  for (int i = 0; i < 1500; ++i) {
    const Coding how = any_coding(draws);
    const cv::Size size = any_size(draws, 200);
    const bool colourless = draws() % 8 == 0;
    const std::string bytes =
        colourless ? jpeg(gray(picture(size)), {.restart = how.restart}) : jpeg(picture(size), how);
    const cv::Mat whole = whole_of(bytes);
    for (int k = 0; k < 4; ++k) {
      const cv::Rect wanted = any_part(draws, size);
      CAPTURE(i, size, how.luma, how.restart, colourless, wanted);
      const ImagePart part = part_of(bytes, wanted);
      REQUIRE(part.size() == size);
      REQUIRE(part.pixels() == wanted.area());
      REQUIRE(same(part.at(wanted), whole(wanted)));
      REQUIRE(same(part_of(bytes, wanted, CodesBehind::kLeave).at(wanted), whole(wanted)));
    }
  }
}

TEST_CASE("what the library cannot leave out of a JPEG is decoded", "[image]") {
  const cv::Mat image = picture({90, 70});
  cv::Mat inks;
  cv::cvtColor(image, inks, cv::COLOR_RGB2RGBA);
  for (const std::string& bytes :
       {jpeg(image, {.progressive = true}), jpeg(image, {.luma = {2, 2}, .progressive = true}),
        jpeg(image, {.scan_each = true}), jpeg(image, {.arithmetic = true}), jpeg(inks, {}),
        jpeg(image, {.luma = {2, 2}, .chroma = {1, 2}}),
        jpeg(image, {.luma = {1, 1}, .chroma = {2, 2}}), jpeg(gray(image), {.luma = {2, 2}})}) {
    const ImagePart part = part_of(bytes, {20, 30, 16, 16});
    CHECK(same(part.whole(), whole_of(bytes)));
  }
  const std::string plain = jpeg(image, {});
  for (const cv::Rect outside : {cv::Rect(80, 0, 11, 4), cv::Rect(-1, 0, 4, 4), cv::Rect()}) {
    CHECK(part_of(plain, outside).is_whole());
  }
}

TEST_CASE("damage of a JPEG is found whatever part is asked for", "[image]") {
  Draws draws(11);
  int damaged = 0;
  int read = 0;
  for (int i = 0; i < 3000; ++i) {
    const cv::Size size = any_size(draws, 150);
    std::string bytes = jpeg(picture(size), any_coding(draws));
    const std::size_t scan = bytes.find("\xff\xda") + 14;
    const std::size_t at = scan + draws() % (bytes.size() - scan);
    const std::size_t length = std::min<std::size_t>(1 + draws() % 40, bytes.size() - at);
    switch (draws() % 4) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << draws() % 8));
        break;
      case 1:
        bytes.replace(at, length, std::string(length, '\0'));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      default:
        bytes.insert(at, bytes.substr(scan, length));
    }
    const cv::Rect wanted = any_part(draws, size);
    CAPTURE(i, size, wanted);
    cv::Mat whole;
    const std::string reason = sr::test::refusal([&] { whole = whole_of(bytes); });
    ImagePart part;
    REQUIRE(sr::test::refusal([&] { part = part_of(bytes, wanted); }) == reason);
    ++(reason.empty() ? read : damaged);
    if (reason.empty()) {
      REQUIRE(same(part.at(wanted), whole(wanted)));
    }
  }
  CHECK(damaged > 1000);
  CHECK(read > 100);
}

TEST_CASE("of a JPEG known to be good nothing is read behind the part", "[image]") {
  const std::string whole = jpeg(picture({160, 160}), {.luma = {2, 2}, .restart = 10});
  std::string damaged = whole;
  damaged.erase(whole.size() * 7 / 10, whole.size() / 6);  // a restart marker and more
  const cv::Rect top(30, 20, 30, 30);
  const ImagePart part = part_of(damaged, top, CodesBehind::kLeave);
  CHECK(same(part.at(top), part_of(whole, top).at(top)));
  const auto fails = [&](const cv::Rect& wanted, CodesBehind behind) {
    return !sr::test::refusal([&] { part_of(damaged, wanted, behind); }).empty();
  };
  CHECK(fails(top, CodesBehind::kRead));
  CHECK(fails({30, 130, 30, 30}, CodesBehind::kLeave));
}

TEST_CASE("a part of an image file is decoded where that is worth it", "[image]") {
  const cv::Mat image = picture({96, 80});
  const cv::Rect wanted(40, 24, 32, 32);
  const auto decode = [&](const std::string& bytes, const cv::Rect& rect) {
    const EncodedFile file(bytes);
    const ImagePart part = sr::decode_image_part(file.path(), rect);
    CHECK(part.size() == file.decode().size());
    if (part.holds(rect)) {
      CHECK(same(part.at(rect), file.decode()(rect)));
    }
    return part;
  };
  const std::string plain = jpeg(image, {.luma = {2, 2}});
  CHECK(decode(plain, wanted).pixels() == wanted.area());
  CHECK(decode(plain, {0, 0, 96, 80}).is_whole());
  CHECK(decode(plain, {4, 4, 60, 60}).is_whole());  // near to half of it
  CHECK(decode(plain, {80, 60, 32, 32}).is_whole());
  CHECK(decode(sr::test::encode(image, ".png"), wanted).is_whole());
  const auto turned = [&](int orientation) {
    const std::string exif = sr::test::jpeg_segment(
        0xe1, std::string("Exif\0\0", 6) + sr::test::exif_block(orientation));
    return plain.substr(0, 2) + exif + plain.substr(2);
  };
  CHECK(decode(turned(1), wanted).pixels() == wanted.area());
  CHECK(decode(turned(3), wanted).is_whole());
  CHECK(decode(turned(6), wanted).is_whole());
  const EncodedFile cut(plain.substr(0, plain.size() - 20));
  CHECK(sr::test::refusal([&] { sr::decode_image_part(cut.path(), wanted); }) ==
        sr::test::refusal([&] { cut.decode(); }));
}
