#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include <opencv2/core/mat.hpp>

#include "data/pairs.h"

namespace sr {

/// The pixels of one item: RGB, each image of its own depth, GT exactly LQ x scale.
struct PairImage {
  cv::Mat lq;  ///< empty when it is made with every sample (ImagePair::degraded)
  cv::Mat gt;

  std::int64_t pixels() const;
  std::int64_t bytes() const;
};

/// Gives the image in a file, or the frame with this number of a video.
using ReadImage = std::function<cv::Mat(const std::filesystem::path& file, std::int64_t frame)>;

/// Both images of a pair, by `read`; makes LQ from GT by one antialiased resize where there is no
/// LQ file (ImagePair::lq_mode).
/// What exceeds the sides the list's checks have settled (ImagePair::lq_width, lq_height) is cut
/// off at the right and bottom. Throws DataError "<file>: <reason>", also when a file has become
/// smaller than that since it was listed.
PairImage read_pair(const ImagePair& pair, int scale, const ReadImage& read);

}  // namespace sr
