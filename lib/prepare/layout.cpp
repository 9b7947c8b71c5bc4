#include "prepare/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/file_name.h"

namespace sr {
namespace {

constexpr int kFrameDigits = 6;

/// Names of all frames have one length, so that they sort as they follow each other.
std::string frame_name(std::int64_t frame, std::int64_t frames) {
  const auto digits = static_cast<int>(fmt::formatted_size("{}", frames - 1));
  return fmt::format("{:0{}}", frame, std::max(digits, kFrameDigits));
}

/// What may stand behind a source's own name: "_s", up to ten digits, ".png".
constexpr std::size_t kTileBytes = 12;
constexpr std::size_t kEndBytes = 4;

/// The source's stem with a last part that leaves room for what follows it.
std::string stem_of(const Source& source, bool cut) {
  const std::filesystem::path stem(source.stem());
  const std::size_t most =
      kLongestName - (source.is_video() ? 0 : kEndBytes) - (cut ? kTileBytes : 0);
  return (stem.parent_path() / short_name(stem.filename().native(), most)).generic_string();
}

}  // namespace

std::vector<int> tile_positions(int length, int crop, int step, int min_rest) {
  std::vector<int> positions;
  for (std::int64_t at = 0; at + crop <= length; at += step) {
    positions.push_back(static_cast<int>(at));
  }
  if (!positions.empty() && length - (positions.back() + crop) > min_rest) {
    positions.push_back(length - crop);
  }
  return positions;
}

Layout::Layout(const Recipe& recipe)
    : crop_(recipe.crop),
      step_(recipe.step),
      min_rest_(recipe.min_rest),
      alignment_(alignment(recipe.scales)) {
  if (!recipe.lr_only) {
    folders_.push_back({kGtFolder, 1});
  }
  for (const int scale : recipe.scales) {
    folders_.push_back({lr_folder(scale), scale});
  }
}

cv::Size Layout::used_size(const Source& source) const {
  return {source.width - source.width % alignment_, source.height - source.height % alignment_};
}

bool Layout::is_cut(const Source& source) const {
  const cv::Size size = used_size(source);
  return crop_ > 0 && size.width >= crop_ && size.height >= crop_;
}

std::vector<cv::Rect> Layout::areas(const Source& source) const {
  const cv::Size size = used_size(source);
  if (!is_cut(source)) {
    return {cv::Rect({0, 0}, size)};
  }
  std::vector<cv::Rect> areas;
  for (const int y : tile_positions(size.height, crop_, step_, min_rest_)) {
    for (const int x : tile_positions(size.width, crop_, step_, min_rest_)) {
      areas.emplace_back(x, y, crop_, crop_);
    }
  }
  return areas;
}

std::vector<Part> Layout::parts(const Source& source, std::int64_t frame) const {
  const bool cut = is_cut(source);
  const std::string end =
      source.is_video() ? fmt::format("/{}.png", frame_name(frame, source.frames)) : ".png";
  const std::string stem = stem_of(source, cut);
  std::vector<Part> parts;
  for (const cv::Rect& area : areas(source)) {
    const std::string tile = cut ? fmt::format("_s{:03}", parts.size() + 1) : "";
    parts.push_back({area, stem + tile + end});
  }
  return parts;
}

std::int64_t Layout::pictures(const Source& source) {
  return source.is_video() ? source.frames : 1;
}

}  // namespace sr
