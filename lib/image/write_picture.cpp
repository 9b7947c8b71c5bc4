#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <span>
#include <stdexcept>
#include <utility>

#include "core/atomic_file.h"
#include "core/error.h"
#include "image/picture.h"

namespace sr {
namespace {

struct FormatRow {
  PictureFormat format;
  std::string_view name;  ///< of ImageInfo
  std::string_view extension;
  bool bits_16, alpha;
  int most_pixels_a_side;
};

constexpr int kUnlimited = 1 << 30;
constexpr std::array kFormats = {
    FormatRow{PictureFormat::kPng, "png", ".png", true, true, kUnlimited},
    FormatRow{PictureFormat::kJpeg, "jpeg", ".jpg", false, false, 65535},
    FormatRow{PictureFormat::kWebp, "webp", ".webp", false, true, 16383},
    FormatRow{PictureFormat::kTiff, "tiff", ".tif", true, true, kUnlimited},
    FormatRow{PictureFormat::kBmp, "bmp", ".bmp", false, false, kUnlimited},
    FormatRow{PictureFormat::kPnm, "pnm", ".ppm", true, false, kUnlimited},
};

const FormatRow& row_of(PictureFormat format) {
  return kFormats.at(static_cast<std::size_t>(format));
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

/// In the order that OpenCV's encoders take: gray, BGR or BGRA.
cv::Mat for_encoder(const Picture& picture, bool with_alpha) {
  cv::Mat bgr;
  if (with_alpha) {
    cv::Mat rgba(picture.color.size(), CV_MAKETYPE(picture.color.depth(), 4));
    const std::array<cv::Mat, 2> from{picture.color, picture.alpha};
    cv::mixChannels(from.data(), from.size(), &rgba, 1, std::array{2, 0, 1, 1, 0, 2, 3, 3}.data(),
                    4);
    return rgba;
  }
  if (picture.gray) {
    cv::extractChannel(picture.color, bgr, 0);
  } else {
    cv::cvtColor(picture.color, bgr, cv::COLOR_RGB2BGR);
  }
  return bgr;
}

}  // namespace

PictureFormat picture_format(std::string_view info_format) {
  const auto* row = std::ranges::find(kFormats, info_format, &FormatRow::name);
  if (row == kFormats.end()) {
    throw std::invalid_argument("picture_format: " + std::string(info_format));
  }
  return row->format;
}

std::string_view extension_of(PictureFormat format) {
  return row_of(format).extension;
}

std::optional<PictureFormat> format_of_extension(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::pair<std::string_view, PictureFormat>, 5> kOthers{{
      {".jpeg", PictureFormat::kJpeg},
      {".tiff", PictureFormat::kTiff},
      {".pgm", PictureFormat::kPnm},
      {".pbm", PictureFormat::kPnm},
      {".pnm", PictureFormat::kPnm},
  }};
  for (const auto& [other, format] : kOthers) {
    if (extension == other) {
      return format;
    }
  }
  const auto* row = std::ranges::find(kFormats, extension, &FormatRow::extension);
  return row == kFormats.end() ? std::nullopt : std::optional(row->format);
}

bool holds_16_bits(PictureFormat format) {
  return row_of(format).bits_16;
}

bool holds_alpha(PictureFormat format) {
  return row_of(format).alpha;
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
  const bool with_alpha = row.alpha && !picture.alpha.empty();
  std::vector<std::uint8_t> bytes;
  if (!cv::imencode(std::string(row.extension), for_encoder(picture, with_alpha), bytes,
                    parameters(format, quality))) {
    throw StorageError("cannot encode " + file.string());
  }
  bytes = with_attachments(std::move(bytes), row.name, picture.attachments,
                           {picture.color.cols, picture.color.rows});
  AtomicFile output(file);
  output.write(std::as_bytes(std::span(bytes)));
  output.commit();
}

}  // namespace sr
