#include "train/saved_pictures.h"

#include <exception>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "checkpoint/experiment_pictures.h"
#include "core/atomic_file.h"
#include "core/error.h"
#include "core/run_files.h"
#include "image/image.h"
#include "image/resize.h"

namespace sr {
namespace {

constexpr std::size_t kPicturesForTensorBoard = 4;
constexpr std::size_t kReferences = 24;

cv::Mat middle_frame(const cv::Mat& lq) {
  constexpr int kRgb = 3;
  if (lq.channels() == kRgb) {
    return lq;
  }
  cv::Mat frame(lq.size(), CV_MAKETYPE(lq.depth(), kRgb));
  const int first = (lq.channels() - kRgb) / 2;
  cv::mixChannels(lq, frame, {first, 0, first + 1, 1, first + 2, 2});
  return frame;
}

cv::Mat of_8_bits(const cv::Mat& image) {
  constexpr double kLevels8 = 255;
  constexpr double kLevels16 = 65535;
  cv::Mat result;
  const double factor = image.depth() == CV_16U   ? kLevels8 / kLevels16
                        : image.depth() == CV_32F ? kLevels8
                                                  : 1;
  image.convertTo(result, CV_8U, factor);
  return result;
}

}  // namespace

SavedPictures::SavedPictures(const ExperimentLayout& layout, std::string set, std::int64_t step)
    : layout_(layout), set_(std::move(set)), step_(step) {}

bool SavedPictures::attempt(const std::filesystem::path& file, const cv::Mat& rgb) {
  try {
    make_folder(file.parent_path());
    write_png(file, rgb);
    return true;
  } catch (const std::exception& error) {
    if (failed_++ == 0) {
      first_failed_ = file.string();
      first_problem_ = error.what();
    }
    return false;
  }
}

void SavedPictures::save(const std::string& image, const cv::Mat& rgb) {
  const std::filesystem::path file = layout_.visualization_path(set_, image, step_);
  if (attempt(file, rgb) && saved_.size() < kPicturesForTensorBoard) {
    saved_.emplace_back(image, file.string());
  }
}

void SavedPictures::keep_references(const std::string& image, const cv::Mat& lq,
                                    const cv::Mat& gt) {
  if (references_++ >= kReferences) {
    return;
  }
  // The output's path as a pattern, so that long names are cut alike: "<image>_0".
  const std::filesystem::path output = layout_.visualization_path(set_, image, 0);
  const std::filesystem::path inside =
      output.lexically_relative(layout_.visualization_folder()).parent_path();
  const std::string stem = output.stem().string();
  const auto file = [&](const char* kind) {
    return layout_.folder() / run_files::kPagePictures / inside /
           (stem.substr(0, stem.rfind('_') + 1) + kind + ".png");
  };
  std::error_code error;
  if (std::filesystem::exists(file("gt"), error)) {
    return;
  }
  attempt(file("lr"), of_8_bits(resize_bicubic_to(middle_frame(lq), gt.cols, gt.rows)));
  attempt(file("gt"), of_8_bits(gt));
}

std::optional<WarningEvent> SavedPictures::prune(int keep) const {
  const std::filesystem::path folder = layout_.visualization_folder() / set_;
  try {
    prune_pictures(folder, step_, keep);
    return std::nullopt;
  } catch (const StorageError& error) {
    return WarningEvent{fmt::format("older validation pictures stay: {}", error.what()),
                        folder.string()};
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
