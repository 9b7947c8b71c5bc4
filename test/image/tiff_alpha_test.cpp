#include <tiffio.h>

#include <cstring>

#include "encoded.h"
#include "support/catch.h"
#include "tiff_pages.h"

using namespace sr::test;

TEST_CASE("colours of a TIFF that were multiplied by alpha are divided by it", "[image]") {
  const auto multiplied = [](TIFF* tiff) {
    const std::uint16_t kind = EXTRASAMPLE_ASSOCALPHA;
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
  };
  for (const Page& page : {Page{.samples = 4, .more = multiplied},
                           Page{.samples = 4, .planes = true, .more = multiplied},
                           Page{.samples = 4, .bits = 16, .tile = 16, .more = multiplied}}) {
    INFO(text_of(page));
    cv::Mat divided = expected(page);  // alpha is 128 of 255 (append_sample)
    divided.convertTo(divided, -1, 255.0 / 128);
    const cv::Mat image = EncodedFile(tiff_of({page})).decode();
    REQUIRE(image.type() == divided.type());
    CHECK(cv::norm(image, divided, cv::NORM_INF) <= 1);
    CHECK(image.at<cv::Vec3b>(5, 9) != expected(page).at<cv::Vec3b>(5, 9));
  }
  std::string bytes =
      tiff_of({{.samples = 4, .bits = 32, .format = SAMPLEFORMAT_IEEEFP, .more = multiplied}});
  for (std::size_t i = 0; i < std::size_t{4} * kWidth * kHeight; ++i) {
    float sample = 0;  // the pixels come first
    std::memcpy(&sample, bytes.data() + 8 + 4 * i, sizeof(sample));
    sample = i % 4 == 3 ? 0.5F : 0.5F * sample;
    std::memcpy(bytes.data() + 8 + 4 * i, &sample, sizeof(sample));
  }
  CHECK(same(EncodedFile(bytes).decode(), expected({.bits = 32, .format = SAMPLEFORMAT_IEEEFP})));
}

TEST_CASE("a TIFF keeps the colours under no alpha at all", "[image]") {
  std::string bytes = tiff_of({{.samples = 4, .more = [](TIFF* tiff) {
                                  const std::uint16_t kind = EXTRASAMPLE_ASSOCALPHA;
                                  TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
                                }}});
  for (std::size_t i = 0; i < std::size_t{kWidth} * kHeight; ++i) {
    bytes[8 + 4 * i + 3] = '\0';  // the pixels come first
  }
  CHECK(same(EncodedFile(bytes).decode(), expected({})));
}
