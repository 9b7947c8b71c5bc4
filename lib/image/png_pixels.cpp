#include "image/png_pixels.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>
#include <opencv2/core.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "image/inflate.h"
#include "image/png_filter.h"

namespace sr {
namespace {

// Places and lengths of ISO/IEC 15948: signature, then chunks of length, type, data, CRC.
constexpr std::size_t kFirstChunk = 8;
constexpr std::size_t kFrame = 12;  ///< length, type and CRC around the data of a chunk
constexpr std::size_t kHeaderEnd = kFirstChunk + kFrame + 13;
/// Beyond this the general decoder is better: it inflates row by row, in half the memory.
constexpr std::size_t kMostBytes = std::size_t{256} << 20;
constexpr std::size_t kMostInflation = 1032;  ///< deflate cannot pack more tightly

std::uint32_t be32(std::span<const std::uint8_t> bytes, std::size_t offset) {
  return std::uint32_t{bytes[offset]} << 24 | std::uint32_t{bytes[offset + 1]} << 16 |
         std::uint32_t{bytes[offset + 2]} << 8 | bytes[offset + 3];
}

/// How the pixels lie once inflated: rows of one filter byte and `row` bytes of pixels.
struct Layout {
  int width = 0, height = 0, channels = 0;
  std::size_t row() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  std::size_t inflated() const { return static_cast<std::size_t>(height) * (row() + 1); }
};

std::optional<Layout> common_layout(std::span<const std::uint8_t> png) {
  if (png.size() < kHeaderEnd) {
    return std::nullopt;
  }
  const int bits = png[24];
  const int color_type = png[25];
  const bool plain =
      png[26] == 0 && png[27] == 0 && png[28] == 0;  // deflate, filters, no interlace
  if (bits != 8 || (color_type != 2 && color_type != 6) || !plain) {
    return std::nullopt;
  }
  return Layout{static_cast<int>(be32(png, 16)), static_cast<int>(be32(png, 20)),
                color_type == 2 ? 3 : 4};
}

/// The data of the IDAT chunks in one piece; nothing when a chunk is cut off or its CRC is wrong.
std::optional<std::vector<std::uint8_t>> join_image_data(std::span<const std::uint8_t> png) {
  std::vector<std::uint8_t> joined;
  joined.reserve(png.size());
  for (std::size_t at = kFirstChunk; at + kFrame <= png.size();) {
    const std::size_t length = be32(png, at);
    if (length > png.size() - at - kFrame) {
      return std::nullopt;
    }
    const auto type_and_data = png.subspan(at + 4, 4 + length);
    const std::string_view type(reinterpret_cast<const char*>(type_and_data.data()), 4);
    if (type == "IEND") {
      return joined;
    }
    if (type == "IDAT") {
      const std::uint32_t crc = libdeflate_crc32(0, type_and_data.data(), type_and_data.size());
      if (crc != be32(png, at + 8 + length)) {
        return std::nullopt;
      }
      joined.insert(joined.end(), type_and_data.begin() + 4, type_and_data.end());
    }
    at += kFrame + length;
  }
  return std::nullopt;
}

}  // namespace

cv::Mat decode_common_png(std::span<const std::uint8_t> png) {
  const auto layout = common_layout(png);
  if (!layout || layout->inflated() > kMostBytes ||
      layout->inflated() / kMostInflation > png.size()) {
    return {};
  }
  const auto packed = join_image_data(png);
  if (!packed) {
    return {};
  }
  const std::size_t size = layout->inflated();
  const auto filtered = std::make_unique_for_overwrite<std::uint8_t[]>(size + kPngRowPadding);
  std::fill_n(filtered.get() + size, kPngRowPadding, std::uint8_t{0});
  if (!inflate_exactly(*packed, {filtered.get(), size})) {
    return {};
  }
  cv::Mat image(layout->height, layout->width, CV_8UC(layout->channels));
  const std::vector<std::uint8_t> nothing_above(layout->row() + kPngRowPadding, 0);
  const std::uint8_t* above = nothing_above.data();
  for (int y = 0; y < layout->height; ++y) {
    const std::uint8_t* const row =
        filtered.get() + static_cast<std::size_t>(y) * (layout->row() + 1);
    // Behind the row above lies the row that is being made: never the end of the image.
    if (!undo_png_filter(row[0], layout->channels, row + 1, above, {image.ptr(y), layout->row()})) {
      return {};
    }
    above = image.ptr(y);
  }
  return image;
}

}  // namespace sr
