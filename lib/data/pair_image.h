#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include <opencv2/core/mat.hpp>

#include "data/pairs.h"
#include "image/image_part.h"

namespace sr {

/// The pixels of one item: RGB, each image of its own depth, GT exactly LQ x scale.
struct PairImage {
  ImagePart lq;  ///< empty when it is made with every sample (ImagePair::degraded)
  ImagePart gt;

  bool is_whole() const { return lq.is_whole() && gt.is_whole(); }
  /// Whether a rectangle of LQ and the same of GT are here.
  bool holds(const cv::Rect& lq_part, int scale) const;
  std::int64_t pixels() const;  ///< held
  std::int64_t bytes() const;
};

/// Where something lies in an image that is `scale` times larger.
cv::Rect scaled(const cv::Rect& rect, int scale);

/// A rectangle that suffices of an image; nothing: all is needed.
using WantedPart = std::optional<cv::Rect>;

/// Gives the image in a file, or the frame with this number of a video: at least what is wanted.
using ReadImage = std::function<ImagePart(const std::filesystem::path& file, std::int64_t frame,
                                          const WantedPart& wanted)>;

/// Both images of a pair, by `read`; makes LQ from GT by one antialiased resize where there is no
/// LQ file (ImagePair::lq_mode). Where there is one, `wanted` of LQ and the same of GT may be all
/// that is read.
/// What exceeds the sides the list's checks have settled (ImagePair::lq_width, lq_height) is cut
/// off at the right and bottom. Throws DataError "<file>: <reason>", also when a file has become
/// smaller than that since it was listed.
PairImage read_pair(const ImagePair& pair, int scale, const ReadImage& read,
                    const WantedPart& wanted = {});

}  // namespace sr
