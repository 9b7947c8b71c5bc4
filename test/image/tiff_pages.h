#pragma once

// TIFF of made-up pages, written by libtiff.

#include <tiffio.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "support/catch.h"
#include "support/pattern.h"
#include "support/temp_folder.h"

namespace sr::test {

inline constexpr int kWidth = 48, kHeight = 40;
inline constexpr int kRowsPerStrip = 16;

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

inline cv::Vec3b colour(const Page& page, int x, int y) {
  return pattern(page.width, page.height).at<cv::Vec3b>(y, x);
}

/// Sample s of a pixel in whole bytes: 8-bit values spread over the range of the type.
inline void append_sample(std::string& to, const Page& page, int value) {
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
inline std::string samples(const Page& page, const cv::Rect& area, int plane) {
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

inline void write_pixels(TIFF* tiff, const Page& page) {
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

inline void write_page(TIFF* tiff, const Page& page) {
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

inline std::string tiff_of(const std::vector<Page>& pages, const char* mode = "w") {
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
inline cv::Mat expected(const Page& page) {
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

inline std::string text_of(const Page& page) {
  return "samples " + std::to_string(page.samples) + ", bits " + std::to_string(page.bits) +
         ", compression " + std::to_string(page.compression) + ", predictor " +
         std::to_string(page.predictor) + ", tile " + std::to_string(page.tile) + ", planes " +
         std::to_string(page.planes);
}

}  // namespace sr::test
