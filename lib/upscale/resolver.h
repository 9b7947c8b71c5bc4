#pragma once

#include <functional>
#include <string>

#include <opencv2/core/mat.hpp>

namespace sr {

/// A network as this module sees it, which keeps LibTorch out of it.
struct Resolver {
  int scale = 1;
  int frames = 1;  ///< of the clip that it takes: more than 1 for video networks
  /// RGB of any depth, of a clip its frames' channels (first frame first), to RGB `scale` times as
  /// large of `depth` (CV_8U: rounded, or CV_32F), clamped. `name` is for messages.
  /// Throws Stopped when the user asks for the end meanwhile.
  std::function<cv::Mat(const cv::Mat& lq, int depth, const std::string& name)> run;
};

}  // namespace sr
