#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core/mat.hpp>

#include "data/pair_decoder.h"
#include "data/pair_image.h"
#include "data/pairs.h"

namespace sr {

/// One validation sample in memory: GT is exactly LQ x scale, cropped where list_pairs has warned
/// of it; LQ is made by antialiased bicubic where the set has none.
struct ValidationSample {
  std::string name;  ///< of an image its stem, of a frame "<scene>_<frame>"
  cv::Mat lq;        ///< RGB; of a clip its frames' channels, first frame first
  cv::Mat gt;        ///< RGB; of a clip its middle frame
};

/// Walks through a validation set in the order of its list. Every file and frame is decoded once,
/// and no more than one clip is in memory.
class ValidationWalk {
 public:
  /// `scenes` as in PairList: empty for images, whose clip_size is 1.
  ValidationWalk(std::vector<ImagePair> pairs, std::vector<Scene> scenes, int scale, int clip_size);

  /// The next sample; nothing at the end. Throws DataError "<file>: <reason>".
  std::optional<ValidationSample> next();
  /// Passes the next sample over; an image is not even read. False at the end.
  bool skip();

 private:
  ValidationSample sample(std::size_t middle);

  PairDecoder decoder_;
  std::vector<Scene> scenes_;
  std::size_t clip_size_;
  std::deque<PairImage> clip_;  ///< the last frames decoded, of one scene
  std::size_t next_item_ = 0;   ///< to be decoded
  std::size_t scene_ = 0;       ///< that next_item_ lies in
};

/// Frames of equal size as one image of all their channels, in their order. Of different depths
/// they become float in 0..1.
cv::Mat stack_frames(const std::vector<cv::Mat>& frames);

}  // namespace sr
