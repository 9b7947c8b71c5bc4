#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "image/picture.h"
#include "upscale/plan.h"
#include "upscale/problems.h"
#include "upscale/resolver.h"
#include "upscale/settings.h"

namespace sr {

/// A picture on its way from file to file.
struct PictureItem {
  std::size_t job = 0;      ///< its index in the plan
  std::int64_t frame = -1;  ///< of a video, from 0
  double frames_per_second = 0;
  Picture picture{};             ///< decoded, later scaled up; of a clip all its frames' channels
  cv::Mat compared{}, gt{};      ///< 8-bit RGB; empty: nothing to compare
  std::vector<double> scores{};  ///< PictureScore::values, as far as they are measured
  enum class Kind { kPicture, kEndOfVideo, kBrokenVideo } kind = Kind::kPicture;
};

/// "<input>", or "<input>: frame 12": what messages call it.
std::string name_of(const UpscaleJob& job, const PictureItem& item);

/// The pictures of a plan, decoded in its order.
class PictureSource {
 public:
  /// `resolver`: what the network takes is read of it. What is wrong with a folder of GT (two files
  /// of one stem, one that cannot be listed) is told as problems. Throws ConfigError.
  PictureSource(const UpscaleSettings& settings, const UpscalePlan& plan, const Resolver& resolver,
                Problems& problems);

  /// Calls use(item) for each picture to be made, until it returns false. A video's frames are
  /// followed by its end.
  void run(const std::function<bool(PictureItem)>& use);

  std::size_t kept() const { return kept_; }           ///< outputs that are there
  std::size_t total() const { return total_; }         ///< pictures and frames, as far as known
  std::size_t passed_over() const { return passed_; }  ///< pictures of them that are not made

 private:
  void decode_picture_job(std::size_t index);
  void decode_video_job(std::size_t index);
  void find_gt();
  cv::Mat gt_of(const UpscaleJob& job) const;
  bool is_kept(const std::filesystem::path& file);

  const UpscaleSettings& settings_;
  const UpscalePlan& plan_;
  int scale_, frames_;
  Problems& problems_;
  std::map<std::string, std::filesystem::path> gt_;  ///< by stem
  std::function<bool(PictureItem)> use_;
  bool more_ = true;  ///< use_ has not returned false yet
  std::atomic<std::size_t> kept_{0}, total_{0}, passed_{0};
};

}  // namespace sr
