#include "train/saved_pictures.h"

#include <exception>

#include <fmt/format.h>

#include "core/atomic_file.h"
#include "image/image.h"

namespace sr {
namespace {

constexpr std::size_t kPicturesForTensorBoard = 4;

}  // namespace

SavedPictures::SavedPictures(const ExperimentLayout& layout, std::string set, std::int64_t step)
    : layout_(layout), set_(std::move(set)), step_(step) {}

void SavedPictures::save(const std::string& image, const cv::Mat& rgb) {
  const std::filesystem::path file = layout_.visualization_path(set_, image, step_);
  try {
    make_folder(file.parent_path());
    write_png(file, rgb);
    if (saved_.size() < kPicturesForTensorBoard) {
      saved_.emplace_back(image, file.string());
    }
  } catch (const std::exception& error) {
    if (failed_++ == 0) {
      first_failed_ = file.string();
      first_problem_ = error.what();
    }
  }
}

std::optional<WarningEvent> SavedPictures::warning() const {
  if (failed_ == 0) {
    return std::nullopt;
  }
  return WarningEvent{
      fmt::format("{} validation picture{} could not be saved, {}{}", failed_,
                  failed_ == 1 ? "" : "s", failed_ == 1 ? "" : "the first: ", first_problem_),
      first_failed_};
}

}  // namespace sr
