#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "checkpoint/experiment_layout.h"
#include "report/event.h"

namespace sr {

/// The pictures of one validation of a set. One that cannot be saved (a full disk, a name that the
/// file system does not take, a folder that may not be written) is counted: no picture is worth a
/// run.
class SavedPictures {
 public:
  /// `layout` must outlive it.
  SavedPictures(const ExperimentLayout& layout, std::string set, std::int64_t step);

  /// `rgb`: 8 bits.
  void save(const std::string& image, const cv::Mat& rgb);
  /// What the report shows an output between, once a run and for the first 24 images of the set:
  /// report/<set>/<image>_lr.png, LQ (of a clip its middle frame) scaled up bicubically to the
  /// sides of `gt`, and <image>_gt.png.
  void keep_references(const std::string& image, const cv::Mat& lq, const cv::Mat& gt);

  /// Deletes the pictures of all but the `keep` newest validations of the set, of which this is
  /// one. What went wrong, if anything.
  std::optional<WarningEvent> prune(int keep) const;

  /// Name and file of the first few, for TensorBoard.
  const std::vector<std::pair<std::string, std::string>>& first_saved() const { return saved_; }
  /// What went wrong so far, in one message.
  std::optional<WarningEvent> warning() const;

 private:
  const ExperimentLayout& layout_;
  std::string set_;
  std::int64_t step_;
  bool attempt(const std::filesystem::path& file, const cv::Mat& rgb);

  std::vector<std::pair<std::string, std::string>> saved_;
  std::size_t references_ = 0;
  std::size_t failed_ = 0;
  std::string first_failed_, first_problem_;  ///< file and reason
};

}  // namespace sr
