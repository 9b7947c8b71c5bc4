#include "image/header.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include "image/color_profile.h"
#include "image/other_formats.h"

namespace sr {
namespace {

struct Format {
  std::string_view name;
  bool (*begins)(ByteSource& source);
  ImageHeader (*read)(ByteSource& source);
};

bool begins_png(ByteSource& source) {
  return source.matches(0, "\x89PNG\r\n\x1a\n");
}

bool begins_jpeg(ByteSource& source) {
  return source.matches(0, "\xff\xd8\xff");
}

bool begins_webp(ByteSource& source) {
  return source.matches(0, "RIFF") && source.matches(8, "WEBP");
}

bool begins_tiff(ByteSource& source) {
  using namespace std::string_view_literals;  // they contain zeros
  return source.matches(0, "II*\0"sv) || source.matches(0, "MM\0*"sv) ||
         source.matches(0, "II+\0"sv) || source.matches(0, "MM\0+"sv);
}

// Two letters prove little (texts begin with them too), so the next field must fit as well.
bool begins_bmp(ByteSource& source) {
  if (!source.matches(0, "BM") || !source.has(0, 18)) {
    return false;
  }
  const std::uint32_t header_size = source.le32(14);
  return header_size >= 12 && header_size <= 124;
}

bool begins_pnm(ByteSource& source) {
  if (!source.matches(0, "P") || !source.has(0, 4) || source.u8(1) < '1' || source.u8(1) > '6') {
    return false;
  }
  const std::uint8_t separator = source.u8(2);
  const std::uint8_t next = source.u8(3);
  const auto is_space = [](std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  return is_space(separator) && (is_space(next) || next == '#' || (next >= '0' && next <= '9'));
}

constexpr std::array<Format, 6> kFormats{{
    {"png", begins_png, read_png_header},
    {"jpeg", begins_jpeg, read_jpeg_header},
    {"webp", begins_webp, read_webp_header},
    {"tiff", begins_tiff, read_tiff_header},
    {"bmp", begins_bmp, read_bmp_header},
    {"pnm", begins_pnm, read_pnm_header},
}};

const Format* find_format(ByteSource& source) {
  for (const Format& format : kFormats) {
    if (format.begins(source)) {
      return &format;
    }
  }
  return nullptr;
}

}  // namespace

std::string_view sniff_format(ByteSource& source) {
  const Format* format = find_format(source);
  return format == nullptr ? std::string_view() : format->name;
}

ImageHeader read_header(ByteSource& source) {
  if (source.size() == 0) {
    source.fail("the file is empty");
  }
  const Format* format = find_format(source);
  if (const std::string_view other = format == nullptr ? sniff_other_format(source) : "";
      !other.empty()) {
    source.fail(fmt::format("is {} by its contents, which is not read", other));
  }
  if (format == nullptr) {
    source.fail("not an image of a known format (PNG, JPEG, WebP, TIFF, BMP, PNM)");
  }
  ImageHeader header = format->read(source);
  header.info.format = format->name;
  return header;
}

std::string color_profile_in(ByteSource& source, std::uint64_t offset, std::uint64_t size) {
  if (size > kLargestProfile) {
    return "a profile of tables";
  }
  if (!source.has(offset, size)) {
    return {};
  }
  std::vector<std::uint8_t> profile(size);
  source.read(offset, profile);
  return foreign_profile(profile);
}

void set_sides(const ByteSource& source, std::int64_t width, std::int64_t height, ImageInfo& info) {
  if (width <= 0 || height <= 0) {
    source.fail(fmt::format("damaged header: {} x {} pixels", width, height));
  }
  if (width > kMaxSide || height > kMaxSide || width * height > kMaxPixels) {
    source.fail(fmt::format("{} x {} pixels are more than the limit of {} pixels ({} a side)",
                            width, height, kMaxPixels, kMaxSide));
  }
  info.width = static_cast<int>(width);
  info.height = static_cast<int>(height);
}

void set_orientation(int orientation, ImageHeader& header) {
  header.orientation = orientation;
  if (orientation >= 5) {
    std::swap(header.info.width, header.info.height);
  }
}

}  // namespace sr
