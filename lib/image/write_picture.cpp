#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <span>
#include <stdexcept>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/lower_case.h"
#include "image/color_profile.h"
#include "image/picture.h"
#include "image/png_gray_alpha.h"

namespace sr {
namespace {

struct FormatRow {
  PictureFormat format;
  std::string_view name;  ///< of ImageInfo
  std::string_view extension;
  bool bits_16, gray, alpha, profile;  ///< of gray: one channel
  int most_pixels_a_side;
};

constexpr std::string_view kGrayPnm = ".pgm";
constexpr std::string_view kColorPnm = ".ppm";
constexpr int kUnlimited = 1 << 30;
constexpr std::array kFormats = {
    FormatRow{PictureFormat::kPng, "png", ".png", true, true, true, true, kUnlimited},
    FormatRow{PictureFormat::kJpeg, "jpeg", ".jpg", false, true, false, true, 65535},
    FormatRow{PictureFormat::kWebp, "webp", ".webp", false, false, true, true, 16383},
    FormatRow{PictureFormat::kTiff, "tiff", ".tif", true, true, true, false, kUnlimited},
    FormatRow{PictureFormat::kBmp, "bmp", ".bmp", false, true, false, false, kUnlimited},
    FormatRow{PictureFormat::kPnm, "pnm", kColorPnm, true, true, false, false, kUnlimited},
};

struct ExtensionRow {
  std::string_view extension;
  PictureFormat format;
  bool gray = true, colors = true;  ///< what a file of this name may hold
};
constexpr std::array kExtensions = {
    ExtensionRow{".png", PictureFormat::kPng},
    ExtensionRow{".jpg", PictureFormat::kJpeg},
    ExtensionRow{".jpeg", PictureFormat::kJpeg},
    ExtensionRow{".webp", PictureFormat::kWebp},
    ExtensionRow{".tif", PictureFormat::kTiff},
    ExtensionRow{".tiff", PictureFormat::kTiff},
    ExtensionRow{".bmp", PictureFormat::kBmp},
    ExtensionRow{".pnm", PictureFormat::kPnm},
    ExtensionRow{kColorPnm, PictureFormat::kPnm},  // gray as three channels
    ExtensionRow{kGrayPnm, PictureFormat::kPnm, true, false},
    ExtensionRow{".pbm", PictureFormat::kPnm, false, false},  // of bits, which are not written
};

const FormatRow& row_of(PictureFormat format) {
  return kFormats.at(static_cast<std::size_t>(format));
}

const ExtensionRow* extension_row(const std::filesystem::path& file) {
  const auto* row = std::ranges::find(kExtensions, lower_extension(file), &ExtensionRow::extension);
  return row == kExtensions.end() ? nullptr : row;
}

std::vector<int> parameters(PictureFormat format, int quality) {
  constexpr int kLossless = 101;  // for cv::imwrite what is above 100
  switch (format) {
    case PictureFormat::kJpeg:
      return {cv::IMWRITE_JPEG_QUALITY, quality};
    case PictureFormat::kWebp:
      return {cv::IMWRITE_WEBP_QUALITY, quality == 100 ? kLossless : quality};
    default:
      return {};
  }
}

/// The channels that a file is given.
enum class Channels { kGray, kGrayAndAlpha, kColor, kColorAndAlpha };

bool is_gray(Channels channels) {
  return channels == Channels::kGray || channels == Channels::kGrayAndAlpha;
}

Channels channels_for(const Picture& picture, const FormatRow& row,
                      const std::filesystem::path& file) {
  if (row.alpha && !picture.alpha.empty()) {
    const bool gray = picture.gray && row.format == PictureFormat::kPng;
    return gray ? Channels::kGrayAndAlpha : Channels::kColorAndAlpha;
  }
  const ExtensionRow* named = extension_row(file);
  const bool only_colors = named != nullptr && named->extension == kColorPnm;
  return picture.gray && row.gray && !only_colors ? Channels::kGray : Channels::kColor;
}

/// In the order that encoders take: gray, gray and alpha, BGR or BGRA.
cv::Mat for_encoder(const Picture& picture, Channels channels) {
  cv::Mat bgr;
  const std::array<cv::Mat, 2> from{picture.color, picture.alpha};
  if (channels == Channels::kGrayAndAlpha) {
    cv::Mat gray_alpha(picture.color.size(), CV_MAKETYPE(picture.color.depth(), 2));
    cv::mixChannels(from.data(), from.size(), &gray_alpha, 1, std::array{0, 0, 3, 1}.data(), 2);
    return gray_alpha;
  }
  if (channels == Channels::kColorAndAlpha) {
    cv::Mat rgba(picture.color.size(), CV_MAKETYPE(picture.color.depth(), 4));
    cv::mixChannels(from.data(), from.size(), &rgba, 1, std::array{2, 0, 1, 1, 0, 2, 3, 3}.data(),
                    4);
    return rgba;
  }
  if (channels == Channels::kGray) {
    cv::extractChannel(picture.color, bgr, 0);
  } else {
    cv::cvtColor(picture.color, bgr, cv::COLOR_RGB2BGR);
  }
  return bgr;
}

/// Empty when it cannot be encoded.
std::vector<std::uint8_t> encoded(const cv::Mat& pixels, PictureFormat format, int quality) {
  if (pixels.channels() == 2) {
    return encode_gray_alpha_png(pixels);
  }
  std::vector<std::uint8_t> bytes;
  const std::string encoder(extension_of(format, pixels.channels() == 1));
  const bool done = cv::imencode(encoder, pixels, bytes, parameters(format, quality));
  return done ? std::move(bytes) : std::vector<std::uint8_t>();
}

}  // namespace

PictureFormat picture_format(std::string_view info_format) {
  const auto* row = std::ranges::find(kFormats, info_format, &FormatRow::name);
  if (row == kFormats.end()) {
    throw std::invalid_argument("picture_format: " + std::string(info_format));
  }
  return row->format;
}

std::string_view extension_of(PictureFormat format, bool gray) {
  return format == PictureFormat::kPnm && gray ? kGrayPnm : row_of(format).extension;
}

std::optional<PictureFormat> format_of_extension(const std::filesystem::path& file) {
  const ExtensionRow* row = extension_row(file);
  return row == nullptr ? std::nullopt : std::optional(row->format);
}

bool extension_holds(const std::filesystem::path& file, PictureFormat format, bool gray) {
  const ExtensionRow* row = extension_row(file);
  return row != nullptr && row->format == format && (gray ? row->gray : row->colors);
}

bool holds_16_bits(PictureFormat format) {
  return row_of(format).bits_16;
}

bool holds_alpha(PictureFormat format) {
  return row_of(format).alpha;
}

bool has_quality(PictureFormat format) {
  return !parameters(format, kDefaultQuality).empty();
}

bool profile_is_of_other_channels(const Picture& picture, PictureFormat format) {
  const FormatRow& row = row_of(format);
  // No name decides on the channels of a format that holds profiles.
  const bool gray = is_gray(channels_for(picture, row, {}));
  return row.profile && !profile_fits(picture.attachments.icc, gray);
}

void write_picture(const std::filesystem::path& file, const Picture& picture, PictureFormat format,
                   int quality) {
  const FormatRow& row = row_of(format);
  const int depth = picture.color.depth();
  if (depth != CV_8U && !(depth == CV_16U && row.bits_16)) {
    throw std::invalid_argument("write_picture: samples that the format does not hold");
  }
  if (std::max(picture.color.cols, picture.color.rows) > row.most_pixels_a_side) {
    throw DataError(
        fmt::format("{}: {} x {} pixels are too many for this format: at most {} a "
                    "side; use --format png",
                    file.string(), picture.color.cols, picture.color.rows, row.most_pixels_a_side));
  }
  const Channels channels = channels_for(picture, row, file);
  std::vector<std::uint8_t> bytes = encoded(for_encoder(picture, channels), format, quality);
  if (bytes.empty()) {
    throw StorageError("cannot encode " + file.string());
  }
  Attachments attachments = picture.attachments;
  if (profile_is_of_other_channels(picture, format)) {
    attachments.icc.clear();
  }
  bytes = with_attachments(std::move(bytes), row.name, attachments,
                           {picture.color.cols, picture.color.rows});
  AtomicFile output(file);
  output.write(std::as_bytes(std::span(bytes)));
  output.commit();
}

}  // namespace sr
