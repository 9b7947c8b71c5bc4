#include "upscale/clip_window.h"

#include <vector>

#include <opencv2/core.hpp>

#include "support/catch.h"

namespace {

/// The first value of each frame of each clip that `frames` frames 1, 2, ... give.
std::vector<std::vector<int>> clips_of(int frames, int clip_size) {
  std::vector<std::vector<int>> clips;
  sr::ClipWindow window(clip_size, [&](const cv::Mat& clip) {
    std::vector<cv::Mat> channels;
    cv::split(clip, channels);
    std::vector<int>& values = clips.emplace_back();
    for (std::size_t i = 0; i < channels.size(); i += 3) {
      values.push_back(channels[i].at<std::uint8_t>(0, 0));
    }
  });
  for (int i = 1; i <= frames; ++i) {
    window.push(cv::Mat(2, 2, CV_8UC3, cv::Scalar::all(i)));
  }
  window.finish();
  return clips;
}

}  // namespace

TEST_CASE("each frame is the middle of a clip, the ends are repeated", "[upscale]") {
  using Clips = std::vector<std::vector<int>>;
  CHECK(clips_of(4, 3) == Clips{{1, 1, 2}, {1, 2, 3}, {2, 3, 4}, {3, 4, 4}});
  CHECK(clips_of(2, 5) == Clips{{1, 1, 1, 2, 2}, {1, 1, 2, 2, 2}});
  CHECK(clips_of(1, 5) == Clips{{1, 1, 1, 1, 1}});
  CHECK(clips_of(3, 1) == Clips{{1}, {2}, {3}});
  CHECK(clips_of(0, 5).empty());
}
