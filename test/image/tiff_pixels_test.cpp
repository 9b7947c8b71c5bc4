#include <tiffio.h>

#include <cstring>
#include <vector>

#include "encoded.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "tiff_pages.h"

using namespace sr::test;

namespace {

std::vector<Page> exact_kinds() {
  const int gray = PHOTOMETRIC_MINISBLACK;
  const int real = SAMPLEFORMAT_IEEEFP;
  return {
      {},
      {.tile = 16},
      {.tile = 32, .planes = true},
      {.planes = true},
      {.samples = 4},
      {.samples = 4, .compression = COMPRESSION_LZW, .predictor = 2},
      {.compression = COMPRESSION_LZW},
      {.compression = COMPRESSION_ADOBE_DEFLATE, .predictor = 2},
      {.compression = COMPRESSION_DEFLATE, .tile = 16},
      {.compression = COMPRESSION_PACKBITS},
      {.samples = 1, .photometric = gray},
      {.samples = 1, .photometric = gray, .compression = COMPRESSION_LZW, .tile = 16},
      {.bits = 16},
      {.bits = 16, .compression = COMPRESSION_LZW, .predictor = 2},
      {.bits = 16, .tile = 16, .planes = true},
      {.samples = 1, .bits = 16, .photometric = gray},
      {.bits = 32, .format = real},
      {.bits = 32, .format = real, .compression = COMPRESSION_ADOBE_DEFLATE, .predictor = 3},
      {.bits = 64, .format = real},
      {.samples = 1, .bits = 64, .format = real, .photometric = gray, .tile = 16},
  };
}

}  // namespace

TEST_CASE("TIFF of whole bytes decode to the samples they were written with", "[image]") {
  for (const Page& page : exact_kinds()) {
    for (const char* mode : {"wl", "wb"}) {
      INFO(text_of(page) << ' ' << mode);
      const EncodedFile file(tiff_of({page}, mode));
      CHECK(file.probe_refusal().empty());
      if (page.predictor == PREDICTOR_FLOATINGPOINT && std::string_view(mode) == "wb") {
        CHECK(file.decode_refusal().starts_with("a big-endian TIFF"));
        continue;
      }
      CHECK(file.decode_refusal().empty());
      CHECK(same(file.decode(), expected(page)));
    }
  }
}

TEST_CASE("gray TIFF below 8 bits are scaled to full range", "[image]") {
  for (const int bits : {1, 2, 4}) {
    for (const bool white_is_zero : {false, true}) {
      const Page page{
          .samples = 1,
          .bits = bits,
          .photometric = white_is_zero ? PHOTOMETRIC_MINISWHITE : PHOTOMETRIC_MINISBLACK};
      const cv::Mat image = EncodedFile(tiff_of({page})).decode();
      const int most = (1 << bits) - 1;
      for (const auto& [x, y] : std::vector<std::pair<int, int>>{{0, 0}, {7, 3}, {47, 39}}) {
        INFO(bits << ' ' << white_is_zero << ' ' << x << ' ' << y);
        const int stored = colour(page, x, y)[0] >> (8 - bits);
        const int value = (white_is_zero ? most - stored : stored) * 255 / most;
        CHECK(image.at<cv::Vec3b>(y, x) == cv::Vec3b::all(static_cast<std::uint8_t>(value)));
      }
    }
  }
}

TEST_CASE("a palette TIFF has the colours of its palette", "[image]") {
  std::vector<std::uint16_t> red(256), green(256), blue(256);
  for (std::size_t i = 0; i < 256; ++i) {
    red[i] = static_cast<std::uint16_t>(i * 257);
    green[i] = static_cast<std::uint16_t>((255 - i) * 257);
    blue[i] = static_cast<std::uint16_t>((i ^ 0x55) * 257);
  }
  const Page page{.samples = 1, .photometric = PHOTOMETRIC_PALETTE, .more = [&](TIFF* tiff) {
                    TIFFSetField(tiff, TIFFTAG_COLORMAP, red.data(), green.data(), blue.data());
                  }};
  const cv::Mat image = EncodedFile(tiff_of({page})).decode();
  const int index = colour(page, 9, 5)[0];
  CHECK(image.at<cv::Vec3b>(5, 9) == cv::Vec3b(static_cast<std::uint8_t>(index),
                                               static_cast<std::uint8_t>(255 - index),
                                               static_cast<std::uint8_t>(index ^ 0x55)));
}

TEST_CASE("JPEG within TIFF is decoded", "[image]") {
  const Page page{.compression = COMPRESSION_JPEG};
  const cv::Mat image = EncodedFile(tiff_of({page})).decode();
  CHECK(image.size() == cv::Size(kWidth, kHeight));
  CHECK(cv::norm(image, expected(page), cv::NORM_L1) / (3.0 * kWidth * kHeight) < 40);
}

TEST_CASE("the orientation of a TIFF is applied", "[image]") {
  for (const Page& base : {Page{}, Page{.bits = 16},
                           Page{.samples = 1, .bits = 4, .photometric = PHOTOMETRIC_MINISBLACK}}) {
    const cv::Mat flat = EncodedFile(tiff_of({base})).decode();
    for (int orientation = 1; orientation <= 8; ++orientation) {
      INFO(text_of(base) << ' ' << orientation);
      Page page = base;
      page.more = [&](TIFF* tiff) { TIFFSetField(tiff, TIFFTAG_ORIENTATION, orientation); };
      const EncodedFile file(tiff_of({page}));
      const cv::Mat image = file.decode();
      CHECK(file.probe().width == image.cols);
      CHECK(image.size() == (orientation < 5 ? flat.size() : cv::Size(flat.rows, flat.cols)));
      // The first stored pixel: top or bottom, left or right.
      const bool right =
          orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
      const bool bottom =
          orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
      const cv::Mat first =
          image(cv::Rect(right ? image.cols - 1 : 0, bottom ? image.rows - 1 : 0, 1, 1));
      CHECK(same(first, flat(cv::Rect(0, 0, 1, 1))));
    }
  }
}

TEST_CASE("a TIFF with damaged strips or tiles is refused", "[image]") {
  int tried = 0;
  for (const int compression :
       {COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS, COMPRESSION_JPEG}) {
    for (const Page& page :
         {Page{.compression = compression}, Page{.compression = compression, .tile = 16},
          Page{.samples = 1, .photometric = PHOTOMETRIC_MINISBLACK, .compression = compression}}) {
      const std::string whole = tiff_of({page});
      for (const char filler : {'\0', '\xff'}) {
        INFO(text_of(page) << ", filler " << static_cast<int>(filler));
        std::string damaged = whole;
        damaged.replace(8 + 400, 300, std::string(300, filler));  // the pixels come first
        const EncodedFile file(damaged);
        // Every byte has a meaning in PackBits (below), and zeros are codes of a JPEG.
        if (compression == COMPRESSION_PACKBITS ||
            (compression == COMPRESSION_JPEG && filler == '\0')) {
          continue;
        }
        CHECK(file.probe_refusal().empty());
        CHECK(file.decode_refusal().starts_with("damaged or incomplete pixel data"));
        ++tried;
      }
    }
  }
  CHECK(tried == 15);
  std::string packed = tiff_of({{.compression = COMPRESSION_PACKBITS}});
  packed.replace(8, 200, std::string(200, '\x80'));  // no operation: the rows stay short
  CHECK(EncodedFile(packed).decode_refusal().starts_with("damaged or incomplete pixel data"));
}
