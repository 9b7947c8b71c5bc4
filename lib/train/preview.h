#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <opencv2/core/mat.hpp>

#include "config/config.h"
#include "data/pairs.h"

namespace sr {

/// The first samples of a run as it will be trained on them, by the code that trains.
struct Preview {
  /// 8-bit RGB, side by side with a gap: GT, sharpened GT where a loss sees that, and LQ (of a clip
  /// its middle frame) with every pixel repeated to GT's size.
  std::vector<cv::Mat> pictures;
  std::vector<nlohmann::ordered_json> draws;  ///< of each: where it is from, what was done to it
  nlohmann::ordered_json run;                 ///< sizes and settings that all of them share
};

/// `count` samples of a run that begins anew with this training set. Throws DataError.
Preview make_preview(const Config& config, const PairList& training, std::size_t count);

}  // namespace sr
