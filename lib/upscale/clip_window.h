#pragma once

#include <cstddef>
#include <deque>
#include <functional>

#include <opencv2/core/mat.hpp>

namespace sr {

/// Makes of each frame of a video the clip around it; at both ends the outermost frame is repeated.
class ClipWindow {
 public:
  /// `frames`: of a clip, odd. use(clip) is called for each frame in order, with the frames'
  /// channels one after the other, as soon as those behind it are there.
  ClipWindow(int frames, std::function<void(cv::Mat)> use);

  void push(const cv::Mat& frame);
  /// No more frames.
  void finish();

 private:
  void push_one(const cv::Mat& frame);

  std::size_t frames_;
  std::function<void(cv::Mat)> use_;
  std::deque<cv::Mat> window_;
};

}  // namespace sr
