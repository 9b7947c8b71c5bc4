#include "prepare/picture_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/path_status.h"
#include "image/image.h"
#include "image/resize.h"
#include "prepare/manifest.h"

namespace sr {
namespace {

namespace fs = std::filesystem;

/// PNG holds no floats: their 16-bit neighbours are GT, and the LR is made of those.
cv::Mat storable(const cv::Mat& picture) {
  if (picture.depth() != CV_32F) {
    return picture;
  }
  cv::Mat integers;
  picture.convertTo(integers, CV_16U, 65535.0);
  return integers;
}

cv::Rect scaled(const cv::Rect& area, int scale) {
  return {area.x / scale, area.y / scale, area.width / scale, area.height / scale};
}

}  // namespace

bool PictureWriter::keep(const Source& source, std::int64_t frame) {
  const std::vector<Part> parts = layout_.parts(source, frame);
  for (const SetFolder& folder : layout_.folders()) {
    const auto there = [&](const Part& part) { return is_surely_there(file_of(folder, part)); };
    if (!std::all_of(parts.begin(), parts.end(), there)) {
      return false;
    }
  }
  kept_ += parts.size() * layout_.folders().size();
  return true;
}

void PictureWriter::write(const cv::Mat& picture, const Source& source, std::int64_t frame) {
  require_recorded_sides(picture, source);
  const cv::Size used = layout_.used_size(source);
  const cv::Mat gt = storable(picture)(cv::Rect({0, 0}, used));
  const std::vector<Part> parts = layout_.parts(source, frame);
  for (const SetFolder& folder : layout_.folders()) {
    const cv::Mat image = folder.scale == 1
                              ? gt
                              : resize_to(gt, used.width / folder.scale, used.height / folder.scale,
                                          settings_.recipe.filter);
    for (const Part& part : parts) {
      write_file(file_of(folder, part), image(scaled(part.area, folder.scale)));
    }
  }
}

/// Sides of a source whose file has not changed since are taken from the manifest, which is a file
/// that anybody can edit.
void PictureWriter::require_recorded_sides(const cv::Mat& picture, const Source& source) const {
  if (picture.size() != cv::Size(source.width, source.height)) {
    throw DataError(
        fmt::format("{}: is {} x {} pixels, but {} records {} x {}; correct or remove that file",
                    (settings_.input / source.path).string(), picture.cols, picture.rows,
                    (settings_.output / kManifestName).string(), source.width, source.height));
  }
}

fs::path PictureWriter::file_of(const SetFolder& folder, const Part& part) const {
  return settings_.output / folder.name / part.name;
}

void PictureWriter::write_file(const fs::path& file, const cv::Mat& image) {
  if (is_there(file)) {
    ++kept_;
    return;
  }
  make_folder(file.parent_path());
  write_png(file, image, settings_.recipe.compression);
  ++written_;
  std::error_code ignored;
  bytes_ += fs::file_size(file, ignored);
}

}  // namespace sr
