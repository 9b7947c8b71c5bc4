#include <tiffio.h>

#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "encoded.h"
#include "image/file_kind.h"
#include "support/catch.h"
#include "support/pattern.h"

using sr::test::EncodedFile;
using sr::test::pattern;
using sr::test::read_text;
using sr::test::same;
using sr::test::TempFolder;

namespace {

constexpr int kWidth = 48, kHeight = 40;
constexpr int kRowsPerStrip = 16;

/// One image of a TIFF. Samples follow from the pattern of these sides.
struct Page {
  int width = kWidth, height = kHeight;
  int samples = 3;
  int bits = 8;
  int format = SAMPLEFORMAT_UINT;
  int photometric = PHOTOMETRIC_RGB;
  int compression = COMPRESSION_NONE;
  int predictor = 1;
  int tile = 0;  ///< side; 0: strips
  bool planes = false;
  std::function<void(TIFF*)> more{};  ///< sets further fields
};

cv::Vec3b colour(const Page& page, int x, int y) {
  return pattern(page.width, page.height).at<cv::Vec3b>(y, x);
}

/// Sample s of a pixel in whole bytes: 8-bit values spread over the range of the type.
void append_sample(std::string& to, const Page& page, int value) {
  const auto put = [&](auto number) {
    to.append(reinterpret_cast<const char*>(&number), sizeof(number));
  };
  if (page.bits == 8) {
    put(static_cast<std::uint8_t>(value));
  } else if (page.bits == 16) {
    put(static_cast<std::uint16_t>(value * 257));
  } else if (page.bits == 32) {
    put(static_cast<float>(value) / 256);
  } else {
    put(static_cast<double>(value) / 256);
  }
}

/// The samples of an area, by pixels; of one plane where plane >= 0.
std::string samples(const Page& page, const cv::Rect& area, int plane) {
  const cv::Mat image = pattern(page.width, page.height);
  std::string text;
  int filled = 0;  // bits of the last byte
  for (int y = area.y; y < area.y + area.height; ++y) {
    for (int x = area.x; x < area.x + area.width; ++x) {
      const bool inside = x < page.width && y < page.height;
      for (int s = 0; s < page.samples; ++s) {
        if (plane >= 0 && s != plane) {
          continue;
        }
        const int value = !inside ? 0 : s < 3 ? image.at<cv::Vec3b>(y, x)[s] : 128;
        if (page.bits >= 8) {
          append_sample(text, page, value);
          continue;
        }
        if (filled % 8 == 0) {
          text += '\0';
        }
        filled += page.bits;
        text.back() =
            static_cast<char>(text.back() | (value >> (8 - page.bits)) << ((8 - filled % 8) % 8));
      }
    }
    filled = 0;
  }
  return text;
}

void write_pixels(TIFF* tiff, const Page& page) {
  for (int plane = 0; plane < (page.planes ? page.samples : 1); ++plane) {
    const int p = page.planes ? plane : -1;
    const auto number = static_cast<std::uint16_t>(plane);
    const int step_y = page.tile > 0 ? page.tile : kRowsPerStrip;
    const int step_x = page.tile > 0 ? page.tile : page.width;
    for (int y = 0; y < page.height; y += step_y) {
      for (int x = 0; x < page.width; x += step_x) {
        const int rows = page.tile > 0 ? page.tile : std::min(step_y, page.height - y);
        std::string block = samples(page, {x, y, step_x, rows}, p);
        const auto size = static_cast<tmsize_t>(block.size());
        if (page.tile > 0) {
          REQUIRE(TIFFWriteEncodedTile(tiff,
                                       TIFFComputeTile(tiff, static_cast<std::uint32_t>(x),
                                                       static_cast<std::uint32_t>(y), 0, number),
                                       block.data(), size) == size);
        } else {
          REQUIRE(TIFFWriteEncodedStrip(
                      tiff, TIFFComputeStrip(tiff, static_cast<std::uint32_t>(y), number),
                      block.data(), size) == size);
        }
      }
    }
  }
}

void write_page(TIFF* tiff, const Page& page) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, page.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, page.height);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, page.samples);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, page.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, page.format);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, page.compression);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, page.photometric);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG,
               page.planes ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  if (page.predictor != 1) {
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, page.predictor);
  }
  if (page.tile > 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, page.tile);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, page.tile);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, kRowsPerStrip);
  }
  if (page.samples == 4) {
    const std::uint16_t kind = EXTRASAMPLE_UNASSALPHA;
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
  }
  if (page.more) {
    page.more(tiff);
  }
  write_pixels(tiff, page);
  REQUIRE(TIFFWriteDirectory(tiff) == 1);
}

std::string tiff_of(const std::vector<Page>& pages, const char* mode = "w") {
  const TempFolder folder;
  const std::string file = (folder / "x.tif").string();
  TIFF* const tiff = TIFFOpen(file.c_str(), mode);
  REQUIRE(tiff != nullptr);
  for (const Page& page : pages) {
    write_page(tiff, page);
  }
  TIFFClose(tiff);
  return read_text(file);
}

/// What a page of RGB samples must decode to.
cv::Mat expected(const Page& page) {
  cv::Mat image = pattern(page.width, page.height);
  if (page.samples < 3) {
    cv::Mat gray;
    cv::extractChannel(image, gray, 0);
    cv::merge(std::vector<cv::Mat>{gray, gray, gray}, image);
  }
  if (page.bits == 16) {
    image.convertTo(image, CV_16U, 257);
  } else if (page.bits > 16) {
    image.convertTo(image, CV_32F, 1.0 / 256);
  }
  return image;
}

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

std::string text_of(const Page& page) {
  return "samples " + std::to_string(page.samples) + ", bits " + std::to_string(page.bits) +
         ", compression " + std::to_string(page.compression) + ", predictor " +
         std::to_string(page.predictor) + ", tile " + std::to_string(page.tile) + ", planes " +
         std::to_string(page.planes);
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

TEST_CASE("camera RAW and reduced first pages are told from pictures", "[image]") {
  const auto set = [](auto tag, auto value) {
    return [=](TIFF* tiff) { TIFFSetField(tiff, tag, value); };
  };
  const Page preview{
      .width = 24, .height = 20, .more = set(TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE)};
  const Page small{.width = 24, .height = 20};
  const Page sensor{.samples = 1, .bits = 16, .photometric = PHOTOMETRIC_CFA};
  const Page linear{.photometric = 34892};
  const std::uint8_t version[4] = {1, 4, 0, 0};
  const Page dng{.more = [&](TIFF* tiff) { TIFFSetField(tiff, TIFFTAG_DNGVERSION, version); }};
  const auto with_own = [](Page page) {  // what is written next is listed in the page itself
    const auto before = page.more;
    page.more = [before](TIFF* tiff) {
      if (before) {
        before(tiff);
      }
      std::uint64_t offsets[1] = {0};
      TIFFSetField(tiff, TIFFTAG_SUBIFD, 1, offsets);
    };
    return page;
  };
  const Page full_of_reduced{.more = set(TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE)};
  std::string canon = tiff_of({small});
  canon.replace(4, 8, std::string("\x10\0\0\0CR\x02\0", 8));
  using Kind = sr::FileKind;
  const std::vector<std::pair<std::string, Kind>> files = {
      {tiff_of({{}}), Kind::kImage},
      {tiff_of({{}, preview}), Kind::kImage},                      // picture, then its thumbnail
      {tiff_of({with_own({}), preview}), Kind::kImage},            // and as pyramids keep it
      {tiff_of({{}, {.width = 60, .height = 20}}), Kind::kImage},  // pages of a document
      {tiff_of({{.more = set(TIFFTAG_SUBFILETYPE, FILETYPE_PAGE)}, {}}), Kind::kImage},
      {tiff_of({preview, {}}), Kind::kReducedFirst},
      {tiff_of({full_of_reduced}), Kind::kReducedFirst},
      {tiff_of({small, {}}), Kind::kReducedFirst},
      {tiff_of({with_own(small), {}}), Kind::kReducedFirst},
      {tiff_of(
           {{.width = 24, .height = 20, .more = set(TIFFTAG_OSUBFILETYPE, OFILETYPE_REDUCEDIMAGE)},
            {}}),
       Kind::kReducedFirst},
      {tiff_of({sensor}), Kind::kRaw},
      {tiff_of({linear}), Kind::kRaw},
      {tiff_of({dng}), Kind::kRaw},
      {tiff_of({preview, sensor}), Kind::kRaw},
      {tiff_of({with_own(preview), sensor}), Kind::kRaw},
      {tiff_of({with_own(small), sensor}), Kind::kRaw},
      {tiff_of({{}, preview, sensor}, "wb"), Kind::kRaw},
      {canon, Kind::kRaw},
  };
  for (std::size_t i = 0; i < files.size(); ++i) {
    INFO(i);
    const EncodedFile file(files[i].first);
    CHECK(sr::kind_by_content(file.path()) == files[i].second);
    CHECK(file.probe_refusal().empty() == (files[i].second == Kind::kImage));
    CHECK(file.decode_refusal().empty() == (files[i].second == Kind::kImage));
  }
}

TEST_CASE("kinds of TIFF that are not decoded are refused as such", "[image]") {
  const std::vector<Page> pages = {
      {.samples = 4, .photometric = PHOTOMETRIC_SEPARATED},
      {.photometric = PHOTOMETRIC_CIELAB},
      {.samples = 1, .bits = 16, .photometric = PHOTOMETRIC_MINISWHITE},
      {.samples = 1, .bits = 16, .format = SAMPLEFORMAT_INT, .photometric = PHOTOMETRIC_MINISBLACK},
      {.samples = 1, .bits = 32, .photometric = PHOTOMETRIC_MINISBLACK}};
  for (const Page& page : pages) {
    INFO(text_of(page));
    CHECK(EncodedFile(tiff_of({page})).decode_refusal().find("not supported") != std::string::npos);
  }
  std::string packed = tiff_of({{}});
  const std::size_t entry = packed.find(std::string("\x03\x01\x03\0\x01\0\0\0\x01\0", 10));
  REQUIRE(entry != std::string::npos);
  packed.replace(entry + 8, 2, sr::test::le16(34712));  // JPEG 2000
  CHECK(EncodedFile(packed).decode_refusal() == "TIFF compression 34712 is not supported");
}
