#include "data/validation.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <opencv2/core.hpp>

namespace sr {
namespace {

cv::Mat to_float(const cv::Mat& image) {
  if (image.depth() == CV_32F) {
    return image;
  }
  cv::Mat converted;
  image.convertTo(converted, CV_32F, 1.0 / (image.depth() == CV_16U ? 65535.0 : 255.0));
  return converted;
}

/// "clip/0012" is shown as clip_0012.
std::string frame_title(std::string stem) {
  const std::size_t slash = stem.find_last_of('/');
  if (slash != std::string::npos) {
    stem[slash] = '_';
  }
  return stem;
}

}  // namespace

cv::Mat stack_frames(const std::vector<cv::Mat>& frames) {
  if (frames.size() == 1) {
    return frames.front();
  }
  const bool same_depth = std::all_of(frames.begin(), frames.end(), [&](const cv::Mat& frame) {
    return frame.depth() == frames.front().depth();
  });
  cv::Mat stacked;
  if (same_depth) {
    cv::merge(frames, stacked);
    return stacked;
  }
  std::vector<cv::Mat> converted;
  std::transform(frames.begin(), frames.end(), std::back_inserter(converted), to_float);
  cv::merge(converted, stacked);
  return stacked;
}

ValidationWalk::ValidationWalk(std::vector<ImagePair> pairs, std::vector<Scene> scenes, int scale,
                               int clip_size)
    : decoder_(std::move(pairs), scale),
      scenes_(std::move(scenes)),
      clip_size_(static_cast<std::size_t>(clip_size)) {}

std::optional<ValidationSample> ValidationWalk::next() {
  while (next_item_ < decoder_.pairs().size()) {
    while (scene_ < scenes_.size() &&
           next_item_ == scenes_[scene_].first + scenes_[scene_].frames) {
      ++scene_;
    }
    if (scenes_.empty() || next_item_ == scenes_[scene_].first) {
      clip_.clear();
    }
    clip_.push_back(decoder_.decode(next_item_++));
    if (clip_.size() > clip_size_) {
      clip_.pop_front();
    }
    if (clip_.size() == clip_size_) {
      return sample(next_item_ - 1 - clip_size_ / 2);
    }
  }
  return std::nullopt;
}

bool ValidationWalk::skip() {
  if (!scenes_.empty()) {  // the frames of one clip are also those of others
    return next().has_value();
  }
  const bool there = next_item_ < decoder_.pairs().size();
  next_item_ += there ? 1 : 0;
  return there;
}

ValidationSample ValidationWalk::sample(std::size_t middle) {
  const std::string& stem = decoder_.pairs()[middle].stem;
  std::vector<cv::Mat> frames;
  for (const PairImage& image : clip_) {
    frames.push_back(image.lq.whole());
  }
  return {scenes_.empty() ? stem : frame_title(stem), stack_frames(frames),
          clip_[clip_size_ / 2].gt.whole()};
}

}  // namespace sr
